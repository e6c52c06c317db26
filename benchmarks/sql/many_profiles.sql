-- Profiles of customers 1 to @customers, each with ten likely products and five favorites.
INSERT INTO `{{ params.dataset }}.customer_profiles_v1` (
  customer_id, as_of, favorite_category, favorite_categories, favorite_products,
  first_purchase_at, last_purchase_at, days_since_last_purchase, purchases, purchases_last_90_days,
  total_spent, spent_last_90_days, average_purchase_value, median_days_between_purchases, distinct_products,
  next_purchase_date, next_purchase_date_earliest, next_purchase_date_latest, likely_products,
  churn_risk, churn_risk_band, churn_horizon_days, model_version, sales_watermark
)
SELECT
  CAST(customer AS STRING), DATE '2026-11-24', 'Produce',
  ARRAY(SELECT AS STRUCT CONCAT('Category ', place) AS category, 0.2 AS share FROM UNNEST(['1', '2', '3', '4', '5']) AS place),
  ARRAY(
    SELECT AS STRUCT CONCAT('10821', place) AS product_id, 'A product of the shop' AS description, 17 AS purchases
    FROM UNNEST(['1', '2', '3', '4', '5']) AS place
  ),
  TIMESTAMP '2026-01-08 17:20:00+00', TIMESTAMP '2026-11-21 18:05:00+00', 3, 48, 13,
  NUMERIC '1840.25', NUMERIC '512.40', NUMERIC '38.91', 6.0, 211,
  DATE '2026-11-28', DATE '2026-11-25', DATE '2026-12-04',
  ARRAY(
    SELECT AS STRUCT
      CONCAT('10821', place) AS product_id, 'A product of the shop' AS description, 0.5 AS score, 'bought_before' AS reason
    FROM UNNEST(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']) AS place
  ),
  0.07, 'low', 90, '2026-11-24', TIMESTAMP '2026-11-23 22:58:31+00'
FROM UNNEST(GENERATE_ARRAY(1, @customers)) AS customer
