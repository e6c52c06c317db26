SELECT identity_kind, outcome, identities
FROM `{{ params.dataset }}.identity_matches`
ORDER BY identity_kind, outcome;
