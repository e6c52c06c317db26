-- When each day was compared last, and whether it agreed at the end.
SELECT
  day,
  MAX(checked_at) AS checked_at,
  MAX_BY(remaining_sales, checked_at) = 0 AS settled
FROM `{{ params.dataset }}.reconciliation_runs`
WHERE source = @source
GROUP BY day;
