-- First in every commit's transaction: two commits at once conflict here, and BigQuery cancels one of them whole.
UPDATE `{{ params.dataset }}.ingest_locks`
SET locked_at = GREATEST(CURRENT_TIMESTAMP(), TIMESTAMP_ADD(locked_at, INTERVAL 1 MICROSECOND))
WHERE stream = @stream
  AND source = @source;
