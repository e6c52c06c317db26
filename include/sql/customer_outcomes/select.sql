-- What happened after each snapshot of `features`: the first purchase day at or after it and before @observed_until.
-- days_to_next is NULL when none was seen; the customer is then right-censored after observed_days.
WITH purchase_days AS (
  SELECT customer_id, DATE(timestamp) AS day
  FROM `{{ params.dataset }}.sales`
  WHERE timestamp >= TIMESTAMP(@first_snapshot_date)
    AND timestamp < TIMESTAMP(@observed_until)
    AND customer_id IS NOT NULL
    AND NOT is_voided
    AND NOT is_return
  GROUP BY customer_id, day
),

outcomes AS (
  SELECT features.snapshot_date, features.customer_id, MIN(purchase_days.day) AS next_day
  FROM `{{ params.features }}` AS features
  JOIN purchase_days
    ON purchase_days.customer_id = features.customer_id
    AND purchase_days.day >= features.snapshot_date
  GROUP BY features.snapshot_date, features.customer_id
)

SELECT
  features.*,
  DATE_DIFF(outcomes.next_day, features.snapshot_date, DAY) AS days_to_next,
  DATE_DIFF(@observed_until, features.snapshot_date, DAY) AS observed_days
FROM `{{ params.features }}` AS features
LEFT JOIN outcomes
  ON outcomes.customer_id = features.customer_id
  AND outcomes.snapshot_date = features.snapshot_date
WHERE features.snapshot_date < @observed_until;
