-- Breakers of sales, before features are made of them: the five weeks before as_of.
ASSERT NOT EXISTS (
  SELECT sale_line_id
  FROM `{{ params.dataset }}.sales`
  WHERE timestamp >= TIMESTAMP_SUB(TIMESTAMP(@as_of), INTERVAL 35 DAY) AND timestamp < TIMESTAMP(@as_of)
  GROUP BY source, sale_line_id
  HAVING COUNT(*) > 1
) AS 'Check failed: sales has a sale line twice in the 35 days before as_of. Compare their batch_id.';

ASSERT NOT EXISTS (
  SELECT sale_line_id
  FROM `{{ params.dataset }}.sales`
  WHERE timestamp >= TIMESTAMP_SUB(TIMESTAMP(@as_of), INTERVAL 35 DAY) AND timestamp < TIMESTAMP(@as_of)
    AND is_return AND quantity > 0
) AS 'Check failed: sales has a return with a positive quantity in the 35 days before as_of.';
