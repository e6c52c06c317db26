-- The newest state of each sale out of all states in the raw objects: what the commits, one after another, came to.
SELECT source, sale_id, version, completed_at, source_updated_at, read_at, batch_id, committed_at
FROM (
  SELECT
    batches.source,
    headers.sale_id,
    headers.version,
    headers.completed_at,
    headers.source_updated_at,
    batches.extract_started_at AS read_at,
    headers.batch_id,
    batches.committed_at,
    ROW_NUMBER() OVER (
      PARTITION BY batches.source, headers.sale_id
      ORDER BY headers.version DESC, batches.extract_started_at DESC, batches.committed_at DESC
    ) AS place
  FROM `{{ params.replay_headers }}` AS headers
  JOIN `{{ params.replay_batches }}` AS batches
    ON batches.batch_id = headers.batch_id
)
WHERE place = 1
