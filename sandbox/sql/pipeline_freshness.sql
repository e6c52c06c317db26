-- What the pipeline itself reports, over the days since @since: one row.
SELECT
  COUNT(*) AS batches,
  SUM(sales) AS sales,
  MAX(day_p50_seconds) AS p50_seconds,
  MAX(day_p99_seconds) AS p99_seconds,
  MAX(batch_max_seconds) AS max_seconds
FROM `{{ params.dataset }}.sales_freshness`
WHERE day >= DATE(@since);
