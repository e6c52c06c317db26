-- A committed batch and the one before it: what their receipts say. @since bounds the partitions read.
-- And how many people are forgotten by now: a batch whose extract knew fewer has to look again.
SELECT
  batch_id,
  raw_uris[SAFE_OFFSET(0)] AS first_raw_uri,
  committed_at,
  (SELECT COUNT(*) FROM `{{ params.dataset }}.forgotten_customers`) AS forgotten
FROM `{{ params.dataset }}.ingest_batches`
WHERE stream = @stream
  AND source = @source
  AND batch_number BETWEEN @batch_number - 1 AND @batch_number
  AND committed_at >= @since;
