CREATE OR REPLACE VIEW `{{ params.dataset }}.sales_freshness` (
  day OPTIONS (description = "Day of the commit, UTC."),
  batch_id OPTIONS (description = "Batch; see ingest_batches."),
  committed_at OPTIONS (description = "When its sales became queryable, UTC."),
  sales OPTIONS (description = "Sales of the batch that had just been completed (late edits and backfills left out)."),
  batch_p50_seconds OPTIONS (description = "Median seconds from completion to queryable over the batch's sales."),
  batch_max_seconds OPTIONS (description = "Seconds of the batch's slowest sale."),
  day_p50_seconds OPTIONS (description = "Median seconds over all sales of the day."),
  day_p95_seconds OPTIONS (description = "95th percentile over all sales of the day."),
  day_p99_seconds OPTIONS (description = "99th percentile over all sales of the day.")
)
OPTIONS (description = "Seconds from a sale's completion to its row being queryable: one row a live batch, with its day's percentiles.")
AS
WITH seen AS (
  -- A sale is graded by the batch that brought it first in time: an edit an hour later is late truth, not slowness.
  SELECT
    sales.source,
    sales.sale_id,
    batches.batch_id,
    batches.committed_at,
    TIMESTAMP_DIFF(batches.committed_at, MAX(sales.timestamp), MILLISECOND) / 1000 AS seconds
  FROM `{{ params.dataset }}.sales` AS sales
  JOIN `{{ params.dataset }}.ingest_batches` AS batches
    ON batches.batch_id = sales.batch_id
  WHERE batches.mode = 'live'
    AND TIMESTAMP_DIFF(sales.source_updated_at, sales.timestamp, SECOND) < 60
  GROUP BY sales.source, sales.sale_id, batches.batch_id, batches.committed_at
),

graded AS (
  SELECT
    DATE(committed_at) AS day,
    batch_id,
    committed_at,
    seconds,
    PERCENTILE_CONT(seconds, 0.5) OVER (PARTITION BY batch_id) AS batch_p50_seconds,
    PERCENTILE_CONT(seconds, 0.5) OVER (PARTITION BY DATE(committed_at)) AS day_p50_seconds,
    PERCENTILE_CONT(seconds, 0.95) OVER (PARTITION BY DATE(committed_at)) AS day_p95_seconds,
    PERCENTILE_CONT(seconds, 0.99) OVER (PARTITION BY DATE(committed_at)) AS day_p99_seconds
  FROM seen
)

SELECT
  day,
  batch_id,
  committed_at,
  COUNT(*) AS sales,
  MAX(batch_p50_seconds) AS batch_p50_seconds,
  MAX(seconds) AS batch_max_seconds,
  MAX(day_p50_seconds) AS day_p50_seconds,
  MAX(day_p95_seconds) AS day_p95_seconds,
  MAX(day_p99_seconds) AS day_p99_seconds
FROM graded
GROUP BY day, batch_id, committed_at;
