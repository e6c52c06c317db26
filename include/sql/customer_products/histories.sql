-- What each customer bought before @as_of, newest visits weighted most.
SELECT customer_id, product_id, decayed_visits
FROM `{{ params.dataset }}.customer_products`
WHERE snapshot_date = @as_of;
