-- The ledger as a replay makes it, into a table of its own.
INSERT INTO `{{ params.shadow }}` (
  batch_id, stream, source, batch_number, mode, reached_end, cursor_from, cursor_to, raw_uris, row_uris,
  pages, records, rows_loaded, rejected, extract_started_at, extract_ended_at, committed_at, dag_run_id
)
SELECT
  batch_id, stream, source, batch_number, mode, reached_end, cursor_from, cursor_to, raw_uris, row_uris,
  pages, records, rows_loaded, rejected, extract_started_at, extract_ended_at, committed_at, dag_run_id
FROM `{{ params.replay_batches }}`
WHERE DATE(committed_at) BETWEEN @first_day AND @last_day;
