-- How many streams have read all that there was with their newest batch.
SELECT COUNTIF(reached_end) AS streams
FROM (
  SELECT stream, ARRAY_AGG(reached_end ORDER BY batch_number DESC LIMIT 1)[SAFE_OFFSET(0)] AS reached_end
  FROM `{{ params.dataset }}.ingest_batches`
  WHERE stream IN ('sales', 'customers', 'products')
  GROUP BY stream
);
