CREATE OR REPLACE VIEW `{{ params.dataset }}.sales_freshness` (
  day OPTIONS (description = "Day on which the sales were completed, UTC; filter on it to read less."),
  batch_id OPTIONS (description = "Batch; see ingest_batches."),
  committed_at OPTIONS (description = "When its commit took its lock, UTC; its sales became queryable a moment later (the rest of the transaction)."),
  sales OPTIONS (description = "Sales of the day that the batch brought for the first time, just completed."),
  batch_p50_seconds OPTIONS (description = "Median seconds from completion to queryable over these sales."),
  batch_p95_seconds OPTIONS (description = "95th percentile over these sales."),
  batch_p99_seconds OPTIONS (description = "99th percentile over these sales."),
  batch_max_seconds OPTIONS (description = "Seconds of the slowest of these sales."),
  day_p50_seconds OPTIONS (description = "Median seconds over all sales of the day."),
  day_p95_seconds OPTIONS (description = "95th percentile over all sales of the day."),
  day_p99_seconds OPTIONS (description = "99th percentile over all sales of the day."),
  day_max_seconds OPTIONS (description = "Seconds of the day's slowest sale.")
)
OPTIONS (description = "Seconds from a sale's completion to its row being queryable, over the last 35 days: one row a day and batch, with the day's percentiles. Completion is told in whole seconds, cut off: the figures are up to one second too high. A sale counts once, with the batch that brought it first; later edits and re-reads change nothing. Left out: sales of a backfill, and sales that reached Lightspeed itself a minute or more after their completion (offline, back-dated).")
AS
WITH arrivals AS (
  SELECT
    DATE(completed_at) AS day,
    batch_id,
    mode,
    committed_at,
    TIMESTAMP_DIFF(source_updated_at, completed_at, SECOND) AS seconds_to_source,
    TIMESTAMP_DIFF(committed_at, completed_at, MILLISECOND) / 1000 AS seconds,
    ROW_NUMBER() OVER (PARTITION BY DATE(completed_at), source, sale_id ORDER BY committed_at) AS arrival
  FROM `{{ params.dataset }}.sale_arrivals`
  WHERE completed_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 35 DAY)
),

graded AS (
  SELECT
    day,
    batch_id,
    committed_at,
    seconds,
    PERCENTILE_CONT(seconds, 0.5) OVER (PARTITION BY day, batch_id) AS batch_p50_seconds,
    PERCENTILE_CONT(seconds, 0.95) OVER (PARTITION BY day, batch_id) AS batch_p95_seconds,
    PERCENTILE_CONT(seconds, 0.99) OVER (PARTITION BY day, batch_id) AS batch_p99_seconds,
    PERCENTILE_CONT(seconds, 0.5) OVER (PARTITION BY day) AS day_p50_seconds,
    PERCENTILE_CONT(seconds, 0.95) OVER (PARTITION BY day) AS day_p95_seconds,
    PERCENTILE_CONT(seconds, 0.99) OVER (PARTITION BY day) AS day_p99_seconds,
    MAX(seconds) OVER (PARTITION BY day) AS day_max_seconds
  FROM arrivals
  WHERE arrival = 1
    AND mode = 'live'
    AND seconds_to_source < 60
)

SELECT
  day,
  batch_id,
  committed_at,
  COUNT(*) AS sales,
  MAX(batch_p50_seconds) AS batch_p50_seconds,
  MAX(batch_p95_seconds) AS batch_p95_seconds,
  MAX(batch_p99_seconds) AS batch_p99_seconds,
  MAX(seconds) AS batch_max_seconds,
  MAX(day_p50_seconds) AS day_p50_seconds,
  MAX(day_p95_seconds) AS day_p95_seconds,
  MAX(day_p99_seconds) AS day_p99_seconds,
  MAX(day_max_seconds) AS day_max_seconds
FROM graded
GROUP BY day, batch_id, committed_at;
