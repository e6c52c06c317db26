-- The first day that has a sale, NULL when there is none: one column of the smallest table that knows.
SELECT DATE(MIN(completed_at)) AS first_day
FROM `{{ params.dataset }}.sale_versions`
WHERE source = @source;
