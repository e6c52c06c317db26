-- The sales of one day as the table has them, voided ones left out; reads one partition.
SELECT
  sale_id,
  MIN(timestamp) AS completed_at,
  COUNT(*) AS sale_lines,
  SUM(line_total) AS amount,
  MAX(source_updated_at) AS updated_at
FROM `{{ params.dataset }}.sales`
WHERE DATE(timestamp) = @day
  AND source = @source
  AND NOT is_voided
GROUP BY sale_id;
