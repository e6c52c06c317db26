-- Sales that came with a batch for the first time, and later than @deadline_seconds: how many, and the slowest.
-- @since bounds the partitions read; every sale that a live batch brings in time was completed after it.
SELECT
  COUNT(*) AS late_sales,
  MAX(seconds) AS slowest_seconds
FROM (
  SELECT
    batch_id,
    mode,
    TIMESTAMP_DIFF(source_updated_at, completed_at, SECOND) AS seconds_to_source,
    TIMESTAMP_DIFF(committed_at, completed_at, MILLISECOND) / 1000 AS seconds,
    ROW_NUMBER() OVER (PARTITION BY source, sale_id ORDER BY committed_at) AS arrival
  FROM `{{ params.dataset }}.sale_arrivals`
  WHERE completed_at >= @since
)
WHERE batch_id = @batch_id
  AND arrival = 1
  AND mode = 'live'
  AND seconds_to_source < 60
  AND seconds > @deadline_seconds;
