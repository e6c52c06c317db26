-- The products of the next purchase day of each customer snapshot of `features`, where that day lies within
-- [snapshot, snapshot + @horizon_days) and before @observed_until.
WITH snapshots AS (
  SELECT snapshot_date, customer_id
  FROM `{{ params.features }}`
  WHERE snapshot_date IN UNNEST(@snapshot_dates)
    AND bucket BETWEEN @first_bucket AND @last_bucket
),

product_days AS (
  SELECT customer_id, product_id, DATE(timestamp) AS day
  FROM `{{ params.dataset }}.sales`
  WHERE timestamp >= TIMESTAMP(@first_snapshot_date)
    AND timestamp < TIMESTAMP(@observed_until)
    AND customer_id IS NOT NULL
    AND NOT is_voided
    AND NOT is_return
  GROUP BY customer_id, product_id, day
),

next_days AS (
  SELECT snapshots.snapshot_date, snapshots.customer_id, MIN(product_days.day) AS day
  FROM snapshots
  JOIN product_days
    ON product_days.customer_id = snapshots.customer_id
    AND product_days.day >= snapshots.snapshot_date
    AND product_days.day < DATE_ADD(snapshots.snapshot_date, INTERVAL @horizon_days DAY)
  GROUP BY snapshots.snapshot_date, snapshots.customer_id
)

SELECT next_days.snapshot_date, next_days.customer_id, product_days.product_id
FROM next_days
JOIN product_days
  ON product_days.customer_id = next_days.customer_id AND product_days.day = next_days.day
WHERE product_days.product_id IS NOT NULL;
