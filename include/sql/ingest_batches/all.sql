-- Every committed batch and when: the order in which a replay takes them.
SELECT batch_id, committed_at
FROM `{{ params.dataset }}.ingest_batches`;
