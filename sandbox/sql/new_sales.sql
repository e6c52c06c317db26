-- Sales that have become queryable and were completed at or after @since.
SELECT DISTINCT sale_id
FROM `{{ params.dataset }}.sales`
WHERE timestamp >= @since;
