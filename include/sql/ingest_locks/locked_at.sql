-- The time of the commit that holds the lock: the same in all its rows, and later than in those of any before it.
SELECT MAX(locks.locked_at)
FROM `{{ params.dataset }}.ingest_locks` AS locks
WHERE locks.stream = @stream
  AND locks.source = @source
