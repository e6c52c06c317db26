-- Rows whose lifetime is over go, partition by partition.
DELETE FROM `{{ params.held }}`
WHERE {{ params.time_column }} < @since;
