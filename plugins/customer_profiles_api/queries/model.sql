-- The latest training runs, newest first.
SELECT *
FROM `{{ params.dataset }}.model_runs`
ORDER BY as_of DESC, trained_at DESC
LIMIT @row_limit
