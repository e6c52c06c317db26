-- The ledger row, right after the lock: a batch that is not the next one, or is there already, ends it here.
SELECT
  IF(
    COALESCE(MAX(ledger.batch_number), 0) = @batch_number - 1,
    'next',
    ERROR(CONCAT('Batch ', @batch_id, ' is number ', CAST(@batch_number AS STRING), ' but the ledger stands at ',
      CAST(COALESCE(MAX(ledger.batch_number), 0) AS STRING), ': another run has committed; nothing was written.'))
  ) AS ledger_position
FROM `{{ params.dataset }}.ingest_batches` AS ledger
WHERE ledger.stream = @stream
  AND ledger.source = @source
  AND ledger.committed_at >= @ledger_since;

INSERT INTO `{{ params.dataset }}.ingest_batches` (
  batch_id, stream, source, batch_number, mode, reached_end, cursor_from, cursor_to, raw_uris, row_uris,
  pages, records, rows_loaded, rejected, extract_started_at, extract_ended_at, committed_at, dag_run_id
)
VALUES (
  @batch_id, @stream, @source, @batch_number, @mode, @reached_end, @cursor_from, @cursor_to, @raw_uris, @row_uris,
  @pages, @records, @rows_loaded, @rejected, @extract_started_at, @extract_ended_at,
  ({% include "ingest_locks/locked_at.sql" %}), @dag_run_id
);

INSERT INTO `{{ params.dataset }}.rejected_records` (
  batch_id, stream, source, record_id, reason, raw_uri, record, rejected_at
)
SELECT @batch_id, @stream, @source, record_id, reason, raw_uri, record, ({% include "ingest_locks/locked_at.sql" %})
FROM `{{ params.staging_rejected }}`;
