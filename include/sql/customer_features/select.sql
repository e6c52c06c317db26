-- Features of the customers in the buckets [@first_bucket, @last_bucket] at @as_of.
SELECT *
FROM `{{ params.features }}`
WHERE snapshot_date = @as_of
  AND bucket BETWEEN @first_bucket AND @last_bucket;
