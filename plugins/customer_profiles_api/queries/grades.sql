-- What became of the newest predictions whose horizon has passed by @today: ten groups of customers, by risk.
WITH predicted AS (
  SELECT *
  FROM `{{ params.dataset }}.customer_predictions`
  WHERE method = 'trained'
    AND as_of = (
      SELECT MAX(as_of)
      FROM `{{ params.dataset }}.customer_predictions`
      WHERE method = 'trained' AND DATE_ADD(as_of, INTERVAL horizon_days DAY) <= @today
    )
),

bought AS (
  SELECT sales.customer_id, MIN(DATE(sales.timestamp)) AS next_day
  FROM `{{ params.dataset }}.sales` AS sales
  CROSS JOIN (SELECT MAX(as_of) AS as_of, MAX(horizon_days) AS horizon_days FROM predicted) AS span
  WHERE DATE(sales.timestamp) >= span.as_of
    AND DATE(sales.timestamp) < DATE_ADD(span.as_of, INTERVAL span.horizon_days DAY)
    AND sales.customer_id IS NOT NULL
    AND NOT sales.is_return
    AND NOT sales.is_voided
  GROUP BY sales.customer_id
),

graded AS (
  SELECT
    predicted.as_of,
    predicted.horizon_days,
    predicted.churn_probability,
    IF(bought.customer_id IS NULL, 1, 0) AS churned,
    CASE
      WHEN bought.next_day IS NULL THEN IF(predicted.days_to_next_high >= predicted.horizon_days - 1, 1, 0)
      WHEN bought.next_day BETWEEN predicted.next_purchase_date_earliest AND predicted.next_purchase_date_latest THEN 1
      ELSE 0
    END AS covered,
    NTILE(10) OVER (ORDER BY predicted.churn_probability DESC, predicted.customer_id) AS risk_group
  FROM predicted
  LEFT JOIN bought ON bought.customer_id = predicted.customer_id
)

SELECT
  risk_group,
  MAX(as_of) AS as_of,
  MAX(horizon_days) AS horizon_days,
  COUNT(*) AS customers,
  AVG(churn_probability) AS predicted_churn,
  SUM(churned) AS churned,
  SUM(covered) AS covered
FROM graded
GROUP BY risk_group
ORDER BY risk_group
