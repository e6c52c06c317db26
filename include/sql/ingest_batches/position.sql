-- Where the next batch of a stream begins. @since bounds the partitions read; one row, or none.
SELECT batch_number, cursor_to, reached_end
FROM `{{ params.dataset }}.ingest_batches`
WHERE stream = @stream
  AND source = @source
  AND committed_at >= @since
ORDER BY batch_number DESC
LIMIT 1;
