-- Grade the predictions whose horizon has passed by @as_of and that no earlier day has graded, and measure how far
-- features and scores of @as_of have drifted. A repeated run replaces what it has written.
BEGIN TRANSACTION;

DELETE FROM `{{ params.dataset }}.prediction_scorecard`
WHERE graded_on = @as_of;

INSERT INTO `{{ params.dataset }}.prediction_scorecard` (
  as_of, graded_on, model_version, horizon_days, prediction, metric, tenth, customers, expected, observed
)
WITH due AS (
  SELECT *
  FROM `{{ params.dataset }}.customer_predictions`
  WHERE as_of BETWEEN DATE_SUB(@as_of, INTERVAL @horizon_days + 60 DAY) AND DATE_SUB(@as_of, INTERVAL @horizon_days DAY)
    AND horizon_days <= @horizon_days
    AND method = 'trained'
    AND as_of NOT IN (
      SELECT as_of
      FROM `{{ params.dataset }}.prediction_scorecard`
      WHERE metric <> 'psi'
    )
),

product_days AS (
  SELECT customer_id, product_id, DATE(timestamp) AS day
  FROM `{{ params.dataset }}.sales`
  WHERE timestamp >= TIMESTAMP(DATE_SUB(@as_of, INTERVAL @horizon_days + 60 DAY))
    AND timestamp < TIMESTAMP(@as_of)
    AND customer_id IS NOT NULL
    AND NOT is_voided
    AND NOT is_return
  GROUP BY customer_id, product_id, day
),

next_days AS (
  SELECT due.as_of, due.customer_id, MIN(product_days.day) AS next_day
  FROM due
  JOIN product_days
    ON product_days.customer_id = due.customer_id
    AND product_days.day >= due.as_of
    AND product_days.day < DATE_ADD(due.as_of, INTERVAL due.horizon_days DAY)
  GROUP BY due.as_of, due.customer_id
),

outcomes AS (
  SELECT
    due.as_of,
    due.customer_id,
    due.model_version,
    due.horizon_days,
    due.churn_probability,
    due.days_to_next,
    due.days_to_next_low,
    due.days_to_next_high,
    next_days.next_day,
    IF(next_days.next_day IS NULL, 1.0, 0.0) AS churned,
    COALESCE(DATE_DIFF(next_days.next_day, due.as_of, DAY), due.horizon_days) AS days,
    NTILE(10) OVER (PARTITION BY due.as_of ORDER BY due.churn_probability, due.customer_id) AS tenth
  FROM due
  LEFT JOIN next_days ON next_days.as_of = due.as_of AND next_days.customer_id = due.customer_id
),

calibration AS (
  SELECT
    as_of,
    MIN(model_version) AS model_version,
    horizon_days,
    tenth,
    COUNT(*) AS customers,
    AVG(churn_probability) AS expected,
    AVG(churned) AS observed
  FROM outcomes
  GROUP BY as_of, horizon_days, tenth
),

hits AS (
  SELECT
    listed.as_of,
    listed.customer_id,
    MAX(IF(product_days.product_id IS NULL, 0.0, 1.0)) AS hit
  FROM (
    SELECT due.as_of, due.customer_id, likely.product_id, next_days.next_day
    FROM due
    JOIN next_days ON next_days.as_of = due.as_of AND next_days.customer_id = due.customer_id
    CROSS JOIN UNNEST(due.likely_products) AS likely
  ) AS listed
  LEFT JOIN product_days
    ON product_days.customer_id = listed.customer_id
    AND product_days.day = listed.next_day
    AND product_days.product_id = listed.product_id
  GROUP BY listed.as_of, listed.customer_id
),

-- Drift against the newest earlier as_of that lies at least four weeks back.
reference AS (
  SELECT MAX(as_of) AS as_of
  FROM `{{ params.dataset }}.customer_predictions`
  WHERE as_of BETWEEN DATE_SUB(@as_of, INTERVAL 365 DAY) AND DATE_SUB(@as_of, INTERVAL 28 DAY)
),

features AS (
  SELECT features.*
  FROM `{{ params.dataset }}.customer_features` AS features
  CROSS JOIN reference
  WHERE features.snapshot_date BETWEEN DATE_SUB(@as_of, INTERVAL 365 DAY) AND @as_of
    AND features.snapshot_date IN (@as_of, reference.as_of)
),

scores AS (
  SELECT predictions.as_of, predictions.churn_probability
  FROM `{{ params.dataset }}.customer_predictions` AS predictions
  CROSS JOIN reference
  WHERE predictions.as_of BETWEEN DATE_SUB(@as_of, INTERVAL 365 DAY) AND @as_of
    AND predictions.as_of IN (@as_of, reference.as_of)
),

-- Bins double in width, so that one set of them fits days, counts and money.
binned AS (
  SELECT snapshot_date AS day, 'recency_days' AS name, CAST(FLOOR(LOG(1 + recency_days, 2)) AS INT64) AS bin FROM features
  UNION ALL
  SELECT snapshot_date, 'gap_mean', CAST(FLOOR(LOG(1 + gap_mean, 2)) AS INT64) FROM features
  UNION ALL
  SELECT snapshot_date, 'purchases_90', CAST(FLOOR(LOG(1 + purchases_90, 2)) AS INT64) FROM features
  UNION ALL
  SELECT snapshot_date, 'spend_90', CAST(FLOOR(LOG(1 + GREATEST(spend_90, 0), 2)) AS INT64) FROM features
  UNION ALL
  SELECT snapshot_date, 'basket_value', CAST(FLOOR(LOG(1 + GREATEST(basket_value, 0), 2)) AS INT64) FROM features
  UNION ALL
  SELECT as_of, 'churn_probability', CAST(FLOOR(churn_probability * 10) AS INT64) FROM scores
),

bins AS (
  SELECT
    name,
    COALESCE(bin, -1) AS bin,
    COUNTIF(day = @as_of) AS customers,
    COUNTIF(day <> @as_of) AS customers_before
  FROM binned
  GROUP BY name, COALESCE(bin, -1)
),

-- Half a customer is added to each bin: an empty one has no logarithm.
shares AS (
  SELECT
    name,
    customers,
    (customers + 0.5) / SUM(customers + 0.5) OVER (PARTITION BY name) AS share,
    (customers_before + 0.5) / SUM(customers_before + 0.5) OVER (PARTITION BY name) AS share_before,
    SUM(customers_before) OVER (PARTITION BY name) AS all_before
  FROM bins
)

SELECT as_of, @as_of, model_version, horizon_days, 'churn', 'calibration', tenth, customers, expected, observed
FROM calibration
UNION ALL
SELECT
  as_of, @as_of, MIN(model_version), horizon_days, 'churn', 'calibration_error', NULL,
  SUM(customers), 0.0, SUM(customers * ABS(expected - observed)) / SUM(customers)
FROM calibration
GROUP BY as_of, horizon_days
UNION ALL
SELECT
  as_of, @as_of, MIN(model_version), horizon_days, 'churn', 'brier', NULL,
  COUNT(*), AVG(churned) * (1 - AVG(churned)), AVG(POW(churn_probability - churned, 2))
FROM outcomes
GROUP BY as_of, horizon_days
UNION ALL
SELECT
  as_of, @as_of, MIN(model_version), horizon_days, 'next_purchase', 'interval_coverage', NULL, COUNT(*), 0.8,
  AVG(IF(
    IF(next_day IS NULL, days_to_next_high >= horizon_days - 1, days BETWEEN days_to_next_low AND days_to_next_high),
    1.0, 0.0
  ))
FROM outcomes
GROUP BY as_of, horizon_days
UNION ALL
SELECT
  as_of, @as_of, MIN(model_version), horizon_days, 'next_purchase', 'restricted_mae_days', NULL, COUNT(*), NULL,
  AVG(ABS(days - LEAST(days_to_next, horizon_days)))
FROM outcomes
GROUP BY as_of, horizon_days
UNION ALL
SELECT hits.as_of, @as_of, NULL, @horizon_days, 'likely_products', 'hit_rate_at_10', NULL, COUNT(*), NULL, AVG(hits.hit)
FROM hits
GROUP BY hits.as_of
UNION ALL
SELECT
  @as_of, @as_of, NULL, @horizon_days, name, 'psi', NULL,
  SUM(customers), 0.0, SUM((share - share_before) * LN(share / share_before))
FROM shares
WHERE all_before > 0
GROUP BY name;

COMMIT TRANSACTION;
