-- The table as a replay makes it, into a table of its own: each state of a recent sale that was the newest so far.
INSERT INTO `{{ params.shadow }}` (
  source, sale_id, completed_at, source_updated_at, committed_at, stream, mode, batch_id
)
SELECT source, sale_id, completed_at, source_updated_at, committed_at, stream, mode, batch_id
FROM (
  SELECT
    *,
    MAX(age) OVER (
      PARTITION BY source, sale_id
      ORDER BY committed_at
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS newest_age
  FROM (
    SELECT
      batches.source,
      headers.sale_id,
      headers.completed_at,
      headers.source_updated_at,
      batches.committed_at,
      batches.stream,
      batches.mode,
      headers.batch_id,
      batches.extract_started_at,
      RANK() OVER (
        PARTITION BY batches.source, headers.sale_id ORDER BY headers.version, batches.extract_started_at
      ) AS age
    FROM `{{ params.replay_headers }}` AS headers
    JOIN `{{ params.replay_batches }}` AS batches
      ON batches.batch_id = headers.batch_id
  )
)
WHERE age = newest_age
  AND completed_at >= TIMESTAMP_SUB(extract_started_at, INTERVAL 2 DAY)
  AND DATE(completed_at) BETWEEN @first_day AND @last_day;
