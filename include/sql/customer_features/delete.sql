DELETE FROM `{{ params.features }}`
WHERE snapshot_date IN UNNEST(@snapshot_dates);
