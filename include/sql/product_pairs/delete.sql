DELETE FROM `{{ params.dataset }}.product_pairs`
WHERE snapshot_date IN UNNEST(@snapshot_dates);
