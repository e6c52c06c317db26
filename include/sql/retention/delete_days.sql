-- Rows whose lifetime is over go, partition by partition.
DELETE FROM `{{ params.held_days }}`
WHERE {{ params.day_column }} < @first_day;
