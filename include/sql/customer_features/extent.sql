-- How much history there is strictly before @as_of (00:00 UTC).
SELECT
  MIN(DATE(timestamp)) AS first_day,
  COUNT(DISTINCT customer_id) AS customers,
  COUNT(*) AS sale_lines,
  MAX(timestamp) AS sales_watermark
FROM `{{ params.dataset }}.sales`
WHERE timestamp < TIMESTAMP(@as_of)
  AND customer_id IS NOT NULL
  AND NOT is_voided;
