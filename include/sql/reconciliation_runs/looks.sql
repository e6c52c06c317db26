-- When each day was compared last, and whether it agreed at the end.
SELECT day, checked_at, agrees AS settled
FROM `{{ params.dataset }}.reconciliation_status`
WHERE source = @source;
