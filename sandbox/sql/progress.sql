-- How far ingestion has come: sale lines loaded, and whether the newest batch had read all there was.
SELECT
  COALESCE(SUM(rows_loaded), 0) AS sale_lines,
  COALESCE(ARRAY_AGG(reached_end ORDER BY batch_number DESC LIMIT 1)[SAFE_OFFSET(0)], FALSE) AS caught_up
FROM `{{ params.dataset }}.ingest_batches`
WHERE stream = 'sales';
