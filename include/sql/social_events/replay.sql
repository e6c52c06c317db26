-- The table as a replay makes it, into a table of its own: of each event what the first batch brought.
INSERT INTO `{{ params.shadow }}` (
  event_at, event_id, platform, event_type, account_id, handle, object_id, signature_checked, source, ingested_at,
  batch_id
)
SELECT
  event_at, event_id, platform, event_type, account_id, handle, object_id, signature_checked, source,
  committed_at AS ingested_at, batch_id
FROM (
  SELECT
    told.*,
    batches.committed_at,
    ROW_NUMBER() OVER (PARTITION BY told.event_id ORDER BY batches.committed_at) AS place
  FROM `{{ params.replay_social_events }}` AS told
  JOIN `{{ params.replay_batches }}` AS batches
    ON batches.batch_id = told.batch_id
)
WHERE place = 1;
