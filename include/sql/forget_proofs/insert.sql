-- The result of one search, a row a table and folder; written once. The arrays go side by side.
INSERT INTO `{{ params.dataset }}.forget_proofs` (
  case_id, started_at, source, reason, phase, store, name, examined, found, identity_sha256, kept_identities,
  checked_at, key_id
)
SELECT
  @case_id, @started_at, @source, @reason, @phase, @stores[OFFSET(place)], name,
  @examined[OFFSET(place)], @found[OFFSET(place)], @identity_sha256, @kept_identities, @checked_at, @forget_key_id
FROM UNNEST(@names) AS name WITH OFFSET AS place
WHERE NOT EXISTS (
  SELECT 1
  FROM `{{ params.dataset }}.forget_proofs` AS known
  WHERE known.case_id = @case_id
    AND known.started_at = @started_at
    AND known.phase = @phase
    AND known.checked_at >= @started_at
    AND (@phase = 'before' OR known.checked_at = @checked_at)
);
