-- A stream's lock, before its first commit. Of two runs that both add it, each finds the other's row and takes both.
INSERT INTO `{{ params.dataset }}.ingest_locks` (stream, source, locked_at)
SELECT @stream, @source, TIMESTAMP '1970-01-01'
FROM (SELECT 1)
WHERE NOT EXISTS (
  SELECT 1
  FROM `{{ params.dataset }}.ingest_locks` AS locks
  WHERE locks.stream = @stream
    AND locks.source = @source
);
