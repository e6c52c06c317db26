-- Whether a batch stands in the ledger: asked before a commit is tried again.
SELECT COUNT(*) AS batches
FROM `{{ params.dataset }}.ingest_batches`
WHERE batch_id = @batch_id
  AND committed_at >= @since;
