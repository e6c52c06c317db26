-- How soon the sales of @today became queryable, and what the profiles know.
WITH today AS (
  SELECT
    SUM(sales) AS sales_today,
    MAX(day_p50_seconds) AS p50_seconds,
    MAX(day_p95_seconds) AS p95_seconds,
    MAX(day_p99_seconds) AS p99_seconds,
    MAX(day_max_seconds) AS max_seconds
  FROM `{{ params.dataset }}.sales_freshness`
  WHERE day = @today
),

latest_batch AS (
  SELECT MAX(committed_at) AS last_batch_at
  FROM `{{ params.dataset }}.ingest_batches`
  WHERE committed_at >= TIMESTAMP_SUB(TIMESTAMP(@today), INTERVAL 35 DAY)
    AND source IN ('r_series', 'x_series')
),

profiles AS (
  SELECT
    MAX(as_of) AS profiles_as_of,
    MAX(sales_watermark) AS profiles_sales_watermark,
    COUNT(*) AS profiles
  FROM `{{ params.dataset }}.customer_profiles`
)

SELECT *
FROM today
CROSS JOIN latest_batch
CROSS JOIN profiles
