-- Sales completed at or after @since of which a line is there more than once.
SELECT COUNT(DISTINCT sale_id) AS sales
FROM (
  SELECT sale_id
  FROM `{{ params.dataset }}.sales`
  WHERE timestamp >= @since
  GROUP BY source, sale_line_id, sale_id
  HAVING COUNT(*) > 1
);
