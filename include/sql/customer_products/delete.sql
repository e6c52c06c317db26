DELETE FROM `{{ params.dataset }}.customer_products`
WHERE snapshot_date IN UNNEST(@snapshot_dates);
