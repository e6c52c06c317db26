-- Publish as_of: its predictions and profiles are replaced together, or not at all.
{% set features, snapshots = params.dataset ~ ".customer_features", "[@as_of]" -%}
{% set first, last = "@as_of", "@as_of" -%}
BEGIN TRANSACTION;

{% include "customer_predictions/withdraw.sql" %}

DELETE FROM `{{ params.dataset }}.customer_predictions`
WHERE as_of = @as_of;

INSERT INTO `{{ params.dataset }}.customer_predictions` (
  customer_id, as_of, model_version, horizon_days,
  churn_probability, days_to_next, days_to_next_low, days_to_next_high,
  next_purchase_date, next_purchase_date_earliest, next_purchase_date_latest,
  likely_products, method, reason,
  churn_reason, next_purchase_reason, churn_driver_1, churn_driver_2, churn_driver_3,
  expected_spend_365, expected_spend_365_low, expected_spend_365_high
)
SELECT
  customer_id, as_of, model_version, horizon_days,
  churn_probability, days_to_next, days_to_next_low, days_to_next_high,
  next_purchase_date, next_purchase_date_earliest, next_purchase_date_latest,
  likely_products, method, reason,
  churn_reason, next_purchase_reason, churn_driver_1, churn_driver_2, churn_driver_3,
  expected_spend_365, expected_spend_365_low, expected_spend_365_high
FROM `{{ params.staging_predictions }}`;

DELETE FROM `{{ params.dataset }}.customer_profiles_v1`
WHERE as_of = @as_of;

INSERT INTO `{{ params.dataset }}.customer_profiles_v1` (
  customer_id, as_of,
  favorite_category, favorite_categories, favorite_products,
  preferred_payment_method, preferred_weekday, preferred_hour, content_categories, email_hour,
  first_purchase_at, last_purchase_at, days_since_last_purchase,
  purchases, purchases_last_90_days, total_spent, spent_last_90_days, average_purchase_value,
  median_days_between_purchases, distinct_products, return_rate,
  next_purchase_date, next_purchase_date_earliest, next_purchase_date_latest, next_purchase_date_reason,
  likely_products, likely_products_reason,
  churn_risk, churn_risk_band, churn_risk_reason, churn_horizon_days,
  churn_driver_1, churn_driver_2, churn_driver_3,
  expected_spend_365, expected_spend_365_low, expected_spend_365_high, expected_spend_365_reason,
  rfm_recency, rfm_frequency, rfm_money, rfm_segment,
  email_status, email_days_since_last, email_received_90, email_sent_90, email_reply_rate, email_reply_hours,
  content_status, content_days_since_last, content_visits_90, content_page_views_90, content_seconds_90,
  social_status, social_days_since_last, social_interactions_90, social_comments_90, social_mentions_90,
  social_messages_90, social_reactions_90,
  model_version, sales_watermark
)
WITH products AS (
  SELECT product_id, MIN(description) AS description, MIN(category) AS category
  FROM `{{ params.dataset }}.products`
  GROUP BY product_id
),

lines AS (
  SELECT
    customer_id,
    timestamp,
    DATE(timestamp) AS day,
    DATE_DIFF(@as_of, DATE(timestamp), DAY) AS age,
    product_id,
    payment_method,
    line_total,
    is_return
  FROM `{{ params.dataset }}.sales`
  WHERE timestamp < TIMESTAMP(@as_of)
    AND customer_id IS NOT NULL
    AND NOT is_voided
),

watermark AS (
  SELECT MAX(timestamp) AS sales_watermark
  FROM lines
),

totals AS (
  SELECT
    customer_id,
    MIN(IF(is_return, NULL, timestamp)) AS first_purchase_at,
    MAX(IF(is_return, NULL, timestamp)) AS last_purchase_at,
    COUNT(DISTINCT IF(is_return, NULL, day)) AS purchases,
    COUNT(DISTINCT IF(is_return OR age > 90, NULL, day)) AS purchases_last_90_days,
    SUM(line_total) AS total_spent,
    SUM(IF(age <= 90, line_total, 0)) AS spent_last_90_days,
    SUM(IF(is_return, 0, line_total)) AS bought,
    COUNT(DISTINCT IF(is_return, NULL, product_id)) AS distinct_products,
    SAFE_DIVIDE(COUNTIF(is_return), COUNT(*)) AS return_rate
  FROM lines
  GROUP BY customer_id
),

-- Fifths of the shop's customers, 5 the best; equal customers have equal scores.
scores AS (
  SELECT
    customer_id,
    LEAST(5, 1 + CAST(FLOOR(5 * PERCENT_RANK() OVER (ORDER BY DATE(last_purchase_at))) AS INT64)) AS rfm_recency,
    LEAST(5, 1 + CAST(FLOOR(5 * PERCENT_RANK() OVER (ORDER BY purchases)) AS INT64)) AS rfm_frequency,
    LEAST(5, 1 + CAST(FLOOR(5 * PERCENT_RANK() OVER (ORDER BY total_spent)) AS INT64)) AS rfm_money
  FROM totals
  WHERE last_purchase_at IS NOT NULL
),

segments AS (
  SELECT
    customer_id, rfm_recency, rfm_frequency, rfm_money,
    CASE
      WHEN rfm_recency >= 4 AND rfm_frequency + rfm_money >= 8 THEN 'champion'
      WHEN rfm_recency >= 3 AND rfm_frequency + rfm_money >= 6 THEN 'loyal'
      WHEN rfm_recency >= 3 THEN 'promising'
      WHEN rfm_frequency + rfm_money >= 8 THEN 'cannot_lose'
      WHEN rfm_frequency + rfm_money >= 6 THEN 'at_risk'
      WHEN rfm_recency = 2 THEN 'hibernating'
      ELSE 'lost'
    END AS rfm_segment
  FROM scores
),

gaps AS (
  SELECT customer_id, MAX(median) AS median_days_between_purchases
  FROM (
    SELECT customer_id, PERCENTILE_CONT(gap, 0.5) OVER (PARTITION BY customer_id) AS median
    FROM (
      SELECT customer_id, DATE_DIFF(day, LAG(day) OVER (PARTITION BY customer_id ORDER BY day), DAY) AS gap
      FROM (SELECT DISTINCT customer_id, day FROM lines WHERE NOT is_return)
    )
  )
  GROUP BY customer_id
),

recent AS (
  SELECT lines.*, products.category
  FROM lines
  LEFT JOIN products ON products.product_id = lines.product_id
  WHERE lines.age <= 365 AND NOT lines.is_return
),

category_spend AS (
  SELECT customer_id, category, SUM(line_total) AS spend
  FROM recent
  WHERE category IS NOT NULL
  GROUP BY customer_id, category
  HAVING SUM(line_total) > 0
),

favorite_categories AS (
  SELECT
    customer_id,
    ARRAY_AGG(STRUCT(category AS category, share AS share) ORDER BY share DESC, category LIMIT 5) AS favorite_categories
  FROM (
    SELECT
      customer_id,
      category,
      CAST(spend / SUM(spend) OVER (PARTITION BY customer_id) AS FLOAT64) AS share
    FROM category_spend
  )
  GROUP BY customer_id
),

favorite_products AS (
  SELECT
    customer_id,
    ARRAY_AGG(
      STRUCT(product_id AS product_id, description AS description, purchases AS purchases)
      ORDER BY purchases DESC, product_id LIMIT 5
    ) AS favorite_products
  FROM (
    SELECT
      recent.customer_id,
      recent.product_id,
      MIN(products.description) AS description,
      COUNT(DISTINCT recent.day) AS purchases
    FROM recent
    LEFT JOIN products ON products.product_id = recent.product_id
    WHERE recent.product_id IS NOT NULL
    GROUP BY recent.customer_id, recent.product_id
  )
  GROUP BY customer_id
),

payment_methods AS (
  SELECT customer_id, payment_method
  FROM (
    SELECT
      customer_id,
      payment_method,
      ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY COUNT(DISTINCT day) DESC, payment_method) AS place
    FROM recent
    WHERE payment_method IS NOT NULL
    GROUP BY customer_id, payment_method
  )
  WHERE place = 1
),

weekdays AS (
  SELECT customer_id, weekday
  FROM (
    SELECT
      customer_id,
      weekday,
      ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY COUNT(DISTINCT day) DESC, weekday) AS place
    FROM (SELECT customer_id, day, FORMAT_DATE('%A', day) AS weekday FROM recent)
    GROUP BY customer_id, weekday
  )
  WHERE place = 1
),

hours AS (
  SELECT customer_id, hour
  FROM (
    SELECT
      customer_id,
      hour,
      ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY COUNT(DISTINCT day) DESC, hour) AS place
    FROM (SELECT customer_id, day, EXTRACT(HOUR FROM timestamp) AS hour FROM recent)
    GROUP BY customer_id, hour
  )
  WHERE place = 1
),

{% include "customer_features/engagement_events.jinja" %},

content_categories AS (
  SELECT
    customer_id,
    ARRAY_AGG(STRUCT(category AS category, share AS share) ORDER BY share DESC, category LIMIT 5) AS content_categories
  FROM (
    SELECT customer_id, category, SAFE_DIVIDE(milliseconds, SUM(milliseconds) OVER (PARTITION BY customer_id)) AS share
    FROM category_seconds
  )
  GROUP BY customer_id
),

email_hours AS (
  SELECT customer_id, hour
  FROM (
    SELECT
      identities.customer_id,
      emails.hour,
      ROW_NUMBER() OVER (PARTITION BY identities.customer_id ORDER BY SUM(emails.received) DESC, emails.hour) AS place
    FROM identities
    JOIN emails ON emails.identity = identities.identity
    WHERE identities.identity_kind = 'email' AND emails.received > 0
    GROUP BY identities.customer_id, emails.hour
  )
  WHERE place = 1
),

-- How a source stands: an event of it has come, or it counts as not connected.
sources AS (
  SELECT
    (SELECT COUNT(*) FROM emails) > 0 AS has_email,
    (SELECT COUNT(*) FROM visits) > 0 AS has_content,
    (SELECT COUNT(*) FROM social) > 0 AS has_social
),

predictions AS (
  SELECT
    *,
    method = 'trained' AND churn_reason IS NULL AS is_churn_learned,
    method = 'trained' AND next_purchase_reason IS NULL AS is_date_learned
  FROM `{{ params.staging_predictions }}`
),

likely_products AS (
  SELECT
    predictions.customer_id,
    ARRAY_AGG(
      STRUCT(likely.product_id AS product_id, products.description AS description, likely.score AS score, likely.reason AS reason)
      ORDER BY likely.score DESC, place
    ) AS likely_products
  FROM predictions
  CROSS JOIN UNNEST(predictions.likely_products) AS likely WITH OFFSET AS place
  LEFT JOIN products ON products.product_id = likely.product_id
  GROUP BY predictions.customer_id
)

SELECT
  predictions.customer_id,
  predictions.as_of,
  favorite_categories.favorite_categories[SAFE_OFFSET(0)].category AS favorite_category,
  favorite_categories.favorite_categories,
  favorite_products.favorite_products,
  payment_methods.payment_method AS preferred_payment_method,
  weekdays.weekday AS preferred_weekday,
  hours.hour AS preferred_hour,
  content_categories.content_categories,
  email_hours.hour AS email_hour,
  totals.first_purchase_at,
  totals.last_purchase_at,
  DATE_DIFF(@as_of, DATE(totals.last_purchase_at), DAY) AS days_since_last_purchase,
  totals.purchases,
  totals.purchases_last_90_days,
  totals.total_spent,
  totals.spent_last_90_days,
  ROUND(SAFE_DIVIDE(totals.bought, totals.purchases), 4) AS average_purchase_value,
  gaps.median_days_between_purchases,
  totals.distinct_products,
  totals.return_rate,
  IF(is_date_learned AND days_to_next < horizon_days, next_purchase_date, NULL) AS next_purchase_date,
  IF(is_date_learned AND days_to_next < horizon_days, next_purchase_date_earliest, NULL) AS next_purchase_date_earliest,
  IF(is_date_learned AND days_to_next_high < horizon_days, next_purchase_date_latest, NULL) AS next_purchase_date_latest,
  CASE
    WHEN NOT is_date_learned THEN COALESCE(predictions.next_purchase_reason, predictions.reason)
    WHEN days_to_next >= horizon_days THEN FORMAT('A purchase within %d days is less likely than not.', horizon_days)
  END AS next_purchase_date_reason,
  likely_products.likely_products,
  CASE
    WHEN predictions.method = 'withheld' THEN predictions.reason
    WHEN likely_products.customer_id IS NULL THEN 'No product is known from the sales.'
  END AS likely_products_reason,
  IF(is_churn_learned, churn_probability, NULL) AS churn_risk,
  CASE
    WHEN NOT is_churn_learned THEN NULL
    WHEN churn_probability < 0.33 THEN 'low'
    WHEN churn_probability < 0.66 THEN 'medium'
    ELSE 'high'
  END AS churn_risk_band,
  IF(is_churn_learned, NULL, COALESCE(predictions.churn_reason, predictions.reason)) AS churn_risk_reason,
  predictions.horizon_days AS churn_horizon_days,
  IF(is_churn_learned, churn_driver_1, NULL) AS churn_driver_1,
  IF(is_churn_learned, churn_driver_2, NULL) AS churn_driver_2,
  IF(is_churn_learned, churn_driver_3, NULL) AS churn_driver_3,
  CAST(expected_spend_365 AS NUMERIC) AS expected_spend_365,
  CAST(expected_spend_365_low AS NUMERIC) AS expected_spend_365_low,
  CAST(expected_spend_365_high AS NUMERIC) AS expected_spend_365_high,
  CASE
    WHEN predictions.method = 'withheld' THEN predictions.reason
    WHEN expected_spend_365 IS NULL THEN 'Too little history, or no prices, for a year of spend.'
  END AS expected_spend_365_reason,
  segments.rfm_recency,
  segments.rfm_frequency,
  segments.rfm_money,
  segments.rfm_segment,
  CASE
    WHEN NOT sources.has_email THEN 'not_connected'
    WHEN features.email_received_90 IS NULL THEN 'no_match'
    ELSE 'connected'
  END AS email_status,
  features.email_days_since_last,
  features.email_received_90,
  features.email_sent_90,
  features.email_reply_rate,
  features.email_reply_hours,
  CASE
    WHEN NOT sources.has_content THEN 'not_connected'
    WHEN features.content_visits_90 IS NULL THEN 'no_match'
    ELSE 'connected'
  END AS content_status,
  features.content_days_since_last,
  features.content_visits_90,
  features.content_page_views_90,
  features.content_seconds_90,
  CASE
    WHEN NOT sources.has_social THEN 'not_connected'
    WHEN features.social_interactions_90 IS NULL THEN 'no_match'
    ELSE 'connected'
  END AS social_status,
  features.social_days_since_last,
  features.social_interactions_90,
  features.social_comments_90,
  features.social_mentions_90,
  features.social_messages_90,
  features.social_reactions_90,
  predictions.model_version,
  watermark.sales_watermark
FROM predictions
CROSS JOIN watermark
CROSS JOIN sources
LEFT JOIN `{{ params.dataset }}.customer_features` AS features
  ON features.customer_id = predictions.customer_id AND features.snapshot_date = @as_of
LEFT JOIN content_categories ON content_categories.customer_id = predictions.customer_id
LEFT JOIN email_hours ON email_hours.customer_id = predictions.customer_id
LEFT JOIN totals ON totals.customer_id = predictions.customer_id
LEFT JOIN segments ON segments.customer_id = predictions.customer_id AND predictions.method <> 'withheld'
LEFT JOIN gaps ON gaps.customer_id = predictions.customer_id
LEFT JOIN favorite_categories ON favorite_categories.customer_id = predictions.customer_id
LEFT JOIN favorite_products ON favorite_products.customer_id = predictions.customer_id
LEFT JOIN payment_methods ON payment_methods.customer_id = predictions.customer_id
LEFT JOIN weekdays ON weekdays.customer_id = predictions.customer_id
LEFT JOIN hours ON hours.customer_id = predictions.customer_id
LEFT JOIN likely_products ON likely_products.customer_id = predictions.customer_id;

{% include "customer_profiles_v1/checks.sql" %}

COMMIT TRANSACTION;
