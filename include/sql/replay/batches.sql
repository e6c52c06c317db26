-- Batches that a replay has loaded.
SELECT batch_id
FROM `{{ params.replay_batches }}`;
