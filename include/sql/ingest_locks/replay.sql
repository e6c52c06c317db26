-- The locks as a replay makes them, into a table of its own: when each stream's newest batch was committed.
INSERT INTO `{{ params.shadow }}` (stream, source, locked_at)
SELECT stream, source, MAX(committed_at) AS locked_at
FROM `{{ params.replay_batches }}`
GROUP BY stream, source;
