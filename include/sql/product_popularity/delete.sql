DELETE FROM `{{ params.dataset }}.product_popularity`
WHERE snapshot_date IN UNNEST(@snapshot_dates);
