-- A committed batch and the one before it: what their receipts say. @since bounds the partitions read.
SELECT batch_id, raw_uris[SAFE_OFFSET(0)] AS first_raw_uri, committed_at
FROM `{{ params.dataset }}.ingest_batches`
WHERE stream = @stream
  AND source = @source
  AND batch_number BETWEEN @batch_number - 1 AND @batch_number
  AND committed_at >= @since;
