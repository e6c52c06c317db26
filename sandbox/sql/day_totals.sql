-- What the warehouse says of each day: to be held against the source's own account.
SELECT
  DATE(timestamp) AS day,
  COUNT(DISTINCT sale_id) AS sales,
  COUNT(*) AS sale_lines,
  SUM(line_total) AS total
FROM `{{ params.dataset }}.sales`
WHERE NOT is_voided
GROUP BY day
ORDER BY day;
