-- The products of each customer's first purchase day in [snapshot, snapshot + @horizon_days) and before @observed_until.
WITH product_days AS (
  SELECT
    sales.customer_id,
    sales.product_id,
    DATE(sales.timestamp) AS day
  FROM `{{ params.dataset }}.sales` AS sales
  WHERE sales.timestamp >= TIMESTAMP(@first_snapshot_date)
    AND sales.timestamp < TIMESTAMP(@observed_until)
    AND sales.customer_id IS NOT NULL
    AND NOT sales.is_voided
    AND NOT sales.is_return
    AND ABS(MOD(FARM_FINGERPRINT(sales.customer_id), 1000000)) < @customers_per_million
  GROUP BY sales.customer_id, sales.product_id, day
),

next_days AS (
  SELECT snapshot_date, product_days.customer_id, MIN(product_days.day) AS day
  FROM product_days
  JOIN UNNEST(@snapshot_dates) AS snapshot_date
    ON product_days.day >= snapshot_date
    AND product_days.day < DATE_ADD(snapshot_date, INTERVAL @horizon_days DAY)
  GROUP BY snapshot_date, product_days.customer_id
)

SELECT next_days.snapshot_date, next_days.customer_id, product_days.product_id
FROM next_days
JOIN product_days
  ON product_days.customer_id = next_days.customer_id AND product_days.day = next_days.day
WHERE product_days.product_id IS NOT NULL;
