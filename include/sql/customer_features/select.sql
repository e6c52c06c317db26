-- Features of one shard of the customers at @as_of.
SELECT *
FROM `{{ params.features }}`
WHERE snapshot_date = @as_of
  AND ABS(MOD(FARM_FINGERPRINT(customer_id), @shards)) = @shard;
