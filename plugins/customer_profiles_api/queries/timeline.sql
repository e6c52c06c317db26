-- Days on which one customer bought or returned something since @since, newest first.
SELECT
  DATE(timestamp) AS day,
  COUNT(DISTINCT sale_id) AS sales,
  SUM(line_total) AS amount,
  SUM(quantity) AS items,
  MAX(ingested_at) AS ingested_at
FROM `{{ params.dataset }}.sales`
WHERE customer_id = @customer_id
  AND timestamp >= TIMESTAMP(@since)
  AND NOT is_voided
GROUP BY day
ORDER BY day DESC
LIMIT @row_limit
