SELECT identity_kind, outcome, identities, events
FROM `{{ params.dataset }}.identity_matches`
ORDER BY identity_kind, outcome;
