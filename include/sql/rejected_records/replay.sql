-- The table as a replay makes it, into a table of its own.
INSERT INTO `{{ params.shadow }}` (
  batch_id, stream, source, record_id, reason, raw_uri, record, rejected_at
)
SELECT
  batches.batch_id, batches.stream, batches.source, rejected.record_id, rejected.reason, rejected.raw_uri,
  rejected.record, batches.committed_at AS rejected_at
FROM `{{ params.replay_rejected }}` AS rejected
JOIN `{{ params.replay_batches }}` AS batches
  ON batches.batch_id = rejected.batch_id
WHERE DATE(batches.committed_at) BETWEEN @first_day AND @last_day;
