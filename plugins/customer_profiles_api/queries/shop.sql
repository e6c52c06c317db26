-- The shop at a glance: what each churn band is worth, and who is due in the seven days from @today.
-- The bands count everybody; who is due or at risk leaves out those who are not to be contacted.
WITH profiles AS (
  SELECT *
  FROM `{{ params.dataset }}.customer_profiles`
),

contactable AS (
  SELECT *
  FROM profiles
  WHERE customer_id NOT IN (
    SELECT opted_out.customer_id
    FROM `{{ params.dataset }}.opted_out_customers` AS opted_out
  )
),

bands AS (
  SELECT
    ARRAY_AGG(
      STRUCT(band AS band, customers AS customers, spent_last_90_days AS spent_last_90_days, total_spent AS total_spent)
      ORDER BY band
    ) AS bands
  FROM (
    SELECT
      COALESCE(churn_risk_band, 'unknown') AS band,
      COUNT(*) AS customers,
      SUM(spent_last_90_days) AS spent_last_90_days,
      SUM(total_spent) AS total_spent
    FROM profiles
    GROUP BY band
  )
),

due AS (
  SELECT
    COUNT(*) AS due_customers,
    ARRAY_AGG(
      STRUCT(
        customer_id AS customer_id,
        next_purchase_date AS next_purchase_date,
        average_purchase_value AS average_purchase_value,
        favorite_category AS favorite_category
      )
      ORDER BY average_purchase_value DESC, customer_id LIMIT 10
    ) AS due
  FROM contactable
  WHERE next_purchase_date BETWEEN @today AND DATE_ADD(@today, INTERVAL 6 DAY)
),

at_risk AS (
  SELECT
    ARRAY_AGG(
      STRUCT(
        customer_id AS customer_id,
        churn_risk AS churn_risk,
        days_since_last_purchase AS days_since_last_purchase,
        total_spent AS total_spent
      )
      ORDER BY total_spent DESC, customer_id LIMIT 10
    ) AS at_risk
  FROM contactable
  WHERE churn_risk_band = 'high'
)

SELECT
  bands.bands,
  due.due_customers,
  due.due,
  at_risk.at_risk,
  (SELECT MAX(as_of) FROM profiles) AS as_of,
  (SELECT MAX(churn_horizon_days) FROM profiles) AS churn_horizon_days
FROM bands
CROSS JOIN due
CROSS JOIN at_risk
