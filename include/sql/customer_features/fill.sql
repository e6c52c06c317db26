-- Features of every customer at every date of @snapshot_dates, from sales strictly before that date (00:00 UTC).
-- A purchase is a customer-day with a line that is no return. Sums stay whole numbers or NUMERIC until the
-- end, so that the order in which rows are added cannot change a result.
INSERT INTO `{{ params.features }}` (
  snapshot_date, customer_id, bucket,
  recency_days, tenure_days, purchases, purchase_rate,
  gap_mean, gap_std, gap_median, gap_last, gap_second, gap_third, gap_max,
  recency_over_gap_mean, recency_over_gap_median,
  idle_share_7, idle_share_14, idle_share_30, idle_share_60,
  purchases_7, purchases_14, purchases_30, purchases_60, purchases_90, purchases_180, purchases_365,
  lines_7, lines_14, lines_30, lines_60, lines_90, lines_180, lines_365,
  quantity_7, quantity_14, quantity_30, quantity_60, quantity_90, quantity_180, quantity_365,
  spend_7, spend_14, spend_30, spend_60, spend_90, spend_180, spend_365,
  frequency_14, frequency_45, frequency_120,
  purchases_trend_30, purchases_trend_90,
  share_sunday, share_monday, share_tuesday, share_wednesday, share_thursday, share_friday, share_saturday,
  hour_mean, distinct_products, distinct_categories, new_products_90,
  basket_lines, basket_value, basket_value_90, basket_value_last,
  return_rate, returned_lines_90, days_since_return
)
WITH buckets AS (
  SELECT customer_id, ABS(MOD(FARM_FINGERPRINT(customer_id), 1000000)) AS bucket
  FROM (
    SELECT DISTINCT customer_id
    FROM `{{ params.dataset }}.sales`
    WHERE timestamp < TIMESTAMP(@last_snapshot_date) AND customer_id IS NOT NULL AND NOT is_voided
  )
),

lines AS (
  SELECT
    sales.customer_id,
    buckets.bucket,
    DATE(sales.timestamp) AS day,
    EXTRACT(HOUR FROM sales.timestamp) AS hour,
    sales.product_id,
    sales.quantity,
    sales.line_total,
    sales.is_return
  FROM `{{ params.dataset }}.sales` AS sales
  JOIN buckets ON buckets.customer_id = sales.customer_id
  WHERE buckets.bucket < @buckets
    AND sales.timestamp < TIMESTAMP(@last_snapshot_date)
    AND NOT sales.is_voided
),

categories AS (
  SELECT product_id, MIN(category) AS category
  FROM `{{ params.dataset }}.products`
  GROUP BY product_id
),

-- The day on which a customer first bought a product or category: their running count is the number of different ones.
first_bought AS (
  SELECT lines.customer_id, lines.product_id, MIN(categories.category) AS category, MIN(lines.day) AS day
  FROM lines
  LEFT JOIN categories ON categories.product_id = lines.product_id
  WHERE NOT lines.is_return AND lines.product_id IS NOT NULL
  GROUP BY lines.customer_id, lines.product_id
),

new_products AS (
  SELECT customer_id, day, COUNT(*) AS new_products
  FROM first_bought
  GROUP BY customer_id, day
),

new_categories AS (
  SELECT customer_id, day, COUNT(*) AS new_categories
  FROM (
    SELECT customer_id, category, MIN(day) AS day
    FROM first_bought
    WHERE category IS NOT NULL
    GROUP BY customer_id, category
  )
  GROUP BY customer_id, day
),

customer_days AS (
  SELECT
    customer_id,
    ANY_VALUE(bucket) AS bucket,
    day,
    COUNTIF(NOT is_return) AS lines,
    COUNTIF(is_return) AS returned_lines,
    SUM(IF(is_return, 0, quantity)) AS quantity,
    SUM(IF(is_return, 0, line_total)) AS spend,
    MIN(IF(is_return, NULL, hour)) AS hour
  FROM lines
  GROUP BY customer_id, day
),

purchase_gaps AS (
  SELECT
    customer_id,
    day,
    DATE_DIFF(day, LAG(day) OVER (PARTITION BY customer_id ORDER BY day), DAY) AS gap
  FROM customer_days
  WHERE lines > 0
),

history AS (
  SELECT
    days.*,
    gaps.gap,
    COALESCE(new_products.new_products, 0) AS new_products,
    COALESCE(new_categories.new_categories, 0) AS new_categories
  FROM customer_days AS days
  LEFT JOIN purchase_gaps AS gaps ON gaps.customer_id = days.customer_id AND gaps.day = days.day
  LEFT JOIN new_products ON new_products.customer_id = days.customer_id AND new_products.day = days.day
  LEFT JOIN new_categories ON new_categories.customer_id = days.customer_id AND new_categories.day = days.day
),

known AS (
  SELECT snapshot_date, history.*, DATE_DIFF(snapshot_date, history.day, DAY) AS age
  FROM history
  JOIN UNNEST(@snapshot_dates) AS snapshot_date ON history.day < snapshot_date
),

summary AS (
  SELECT
    snapshot_date,
    customer_id,
    ANY_VALUE(bucket) AS bucket,
    MAX(IF(lines > 0, day, NULL)) AS last_day,
    MIN(IF(lines > 0, day, NULL)) AS first_day,
    COUNTIF(lines > 0) AS purchases,
    COUNT(gap) AS gap_count,
    SUM(gap) AS gap_sum,
    SUM(gap * gap) AS gap_squares,
    MAX(gap) AS gap_max,
    SUM(GREATEST(gap - 7, 0)) AS idle_7,
    SUM(GREATEST(gap - 14, 0)) AS idle_14,
    SUM(GREATEST(gap - 30, 0)) AS idle_30,
    SUM(GREATEST(gap - 60, 0)) AS idle_60,
    ARRAY_AGG(gap IGNORE NULLS ORDER BY gap IS NULL, day DESC LIMIT 9) AS gaps,
    COUNTIF(age <= 7 AND lines > 0) AS purchases_7,
    COUNTIF(age <= 14 AND lines > 0) AS purchases_14,
    COUNTIF(age <= 30 AND lines > 0) AS purchases_30,
    COUNTIF(age <= 60 AND lines > 0) AS purchases_60,
    COUNTIF(age <= 90 AND lines > 0) AS purchases_90,
    COUNTIF(age <= 180 AND lines > 0) AS purchases_180,
    COUNTIF(age <= 365 AND lines > 0) AS purchases_365,
    SUM(IF(age <= 7, lines, 0)) AS lines_7,
    SUM(IF(age <= 14, lines, 0)) AS lines_14,
    SUM(IF(age <= 30, lines, 0)) AS lines_30,
    SUM(IF(age <= 60, lines, 0)) AS lines_60,
    SUM(IF(age <= 90, lines, 0)) AS lines_90,
    SUM(IF(age <= 180, lines, 0)) AS lines_180,
    SUM(IF(age <= 365, lines, 0)) AS lines_365,
    SUM(IF(age <= 7, quantity, 0)) AS quantity_7,
    SUM(IF(age <= 14, quantity, 0)) AS quantity_14,
    SUM(IF(age <= 30, quantity, 0)) AS quantity_30,
    SUM(IF(age <= 60, quantity, 0)) AS quantity_60,
    SUM(IF(age <= 90, quantity, 0)) AS quantity_90,
    SUM(IF(age <= 180, quantity, 0)) AS quantity_180,
    SUM(IF(age <= 365, quantity, 0)) AS quantity_365,
    SUM(IF(age <= 7, spend, 0)) AS spend_7,
    SUM(IF(age <= 14, spend, 0)) AS spend_14,
    SUM(IF(age <= 30, spend, 0)) AS spend_30,
    SUM(IF(age <= 60, spend, 0)) AS spend_60,
    SUM(IF(age <= 90, spend, 0)) AS spend_90,
    SUM(IF(age <= 180, spend, 0)) AS spend_180,
    SUM(IF(age <= 365, spend, 0)) AS spend_365,
    SUM(IF(lines > 0, CAST(ROUND(1e6 * POW(0.5, age / 14)) AS INT64), 0)) AS frequency_14,
    SUM(IF(lines > 0, CAST(ROUND(1e6 * POW(0.5, age / 45)) AS INT64), 0)) AS frequency_45,
    SUM(IF(lines > 0, CAST(ROUND(1e6 * POW(0.5, age / 120)) AS INT64), 0)) AS frequency_120,
    COUNTIF(age <= 365 AND lines > 0 AND EXTRACT(DAYOFWEEK FROM day) = 1) AS sundays,
    COUNTIF(age <= 365 AND lines > 0 AND EXTRACT(DAYOFWEEK FROM day) = 2) AS mondays,
    COUNTIF(age <= 365 AND lines > 0 AND EXTRACT(DAYOFWEEK FROM day) = 3) AS tuesdays,
    COUNTIF(age <= 365 AND lines > 0 AND EXTRACT(DAYOFWEEK FROM day) = 4) AS wednesdays,
    COUNTIF(age <= 365 AND lines > 0 AND EXTRACT(DAYOFWEEK FROM day) = 5) AS thursdays,
    COUNTIF(age <= 365 AND lines > 0 AND EXTRACT(DAYOFWEEK FROM day) = 6) AS fridays,
    COUNTIF(age <= 365 AND lines > 0 AND EXTRACT(DAYOFWEEK FROM day) = 7) AS saturdays,
    SUM(hour) AS hours,
    SUM(lines) AS lines,
    SUM(spend) AS spend,
    SUM(new_products) AS distinct_products,
    SUM(new_categories) AS distinct_categories,
    SUM(IF(age <= 90, new_products, 0)) AS new_products_90,
    SUM(returned_lines) AS returned_lines,
    SUM(IF(age <= 90, returned_lines, 0)) AS returned_lines_90,
    MIN(IF(returned_lines > 0, age, NULL)) AS days_since_return,
    ARRAY_AGG(spend ORDER BY lines > 0 DESC, day DESC LIMIT 1)[OFFSET(0)] AS last_spend
  FROM known
  GROUP BY snapshot_date, customer_id
),

gap_statistics AS (
  SELECT
    *,
    DATE_DIFF(snapshot_date, last_day, DAY) AS recency_days,
    DATE_DIFF(snapshot_date, first_day, DAY) AS tenure_days,
    SAFE_DIVIDE(gap_sum, gap_count) AS gap_mean,
    SQRT(SAFE_DIVIDE(gap_count * gap_squares - gap_sum * gap_sum, gap_count * gap_count)) AS gap_std,
    (
      SELECT ordered.gaps[OFFSET(DIV(ARRAY_LENGTH(ordered.gaps), 2))]
      FROM (SELECT ARRAY(SELECT gap FROM UNNEST(summary.gaps) AS gap WHERE gap IS NOT NULL ORDER BY gap) AS gaps) AS ordered
      WHERE ARRAY_LENGTH(ordered.gaps) > 0
    ) AS gap_median
  FROM summary
)

SELECT
  snapshot_date,
  customer_id,
  bucket,
  recency_days,
  tenure_days,
  purchases,
  SAFE_DIVIDE(purchases, tenure_days) AS purchase_rate,
  gap_mean,
  gap_std,
  gap_median,
  gaps[SAFE_OFFSET(0)] AS gap_last,
  gaps[SAFE_OFFSET(1)] AS gap_second,
  gaps[SAFE_OFFSET(2)] AS gap_third,
  gap_max,
  SAFE_DIVIDE(recency_days, gap_mean) AS recency_over_gap_mean,
  SAFE_DIVIDE(recency_days, gap_median) AS recency_over_gap_median,
  SAFE_DIVIDE(COALESCE(idle_7, 0) + GREATEST(recency_days - 7, 0), tenure_days) AS idle_share_7,
  SAFE_DIVIDE(COALESCE(idle_14, 0) + GREATEST(recency_days - 14, 0), tenure_days) AS idle_share_14,
  SAFE_DIVIDE(COALESCE(idle_30, 0) + GREATEST(recency_days - 30, 0), tenure_days) AS idle_share_30,
  SAFE_DIVIDE(COALESCE(idle_60, 0) + GREATEST(recency_days - 60, 0), tenure_days) AS idle_share_60,
  purchases_7, purchases_14, purchases_30, purchases_60, purchases_90, purchases_180, purchases_365,
  lines_7, lines_14, lines_30, lines_60, lines_90, lines_180, lines_365,
  CAST(quantity_7 AS FLOAT64), CAST(quantity_14 AS FLOAT64), CAST(quantity_30 AS FLOAT64), CAST(quantity_60 AS FLOAT64),
  CAST(quantity_90 AS FLOAT64), CAST(quantity_180 AS FLOAT64), CAST(quantity_365 AS FLOAT64),
  CAST(spend_7 AS FLOAT64), CAST(spend_14 AS FLOAT64), CAST(spend_30 AS FLOAT64), CAST(spend_60 AS FLOAT64),
  CAST(spend_90 AS FLOAT64), CAST(spend_180 AS FLOAT64), CAST(spend_365 AS FLOAT64),
  frequency_14 / 1e6 AS frequency_14,
  frequency_45 / 1e6 AS frequency_45,
  frequency_120 / 1e6 AS frequency_120,
  purchases_30 - (purchases_60 - purchases_30) AS purchases_trend_30,
  purchases_90 - (purchases_180 - purchases_90) AS purchases_trend_90,
  SAFE_DIVIDE(sundays, purchases_365) AS share_sunday,
  SAFE_DIVIDE(mondays, purchases_365) AS share_monday,
  SAFE_DIVIDE(tuesdays, purchases_365) AS share_tuesday,
  SAFE_DIVIDE(wednesdays, purchases_365) AS share_wednesday,
  SAFE_DIVIDE(thursdays, purchases_365) AS share_thursday,
  SAFE_DIVIDE(fridays, purchases_365) AS share_friday,
  SAFE_DIVIDE(saturdays, purchases_365) AS share_saturday,
  SAFE_DIVIDE(hours, purchases) AS hour_mean,
  distinct_products,
  distinct_categories,
  new_products_90,
  SAFE_DIVIDE(lines, purchases) AS basket_lines,
  SAFE_DIVIDE(CAST(spend AS FLOAT64), purchases) AS basket_value,
  SAFE_DIVIDE(CAST(spend_90 AS FLOAT64), purchases_90) AS basket_value_90,
  CAST(IF(purchases > 0, last_spend, NULL) AS FLOAT64) AS basket_value_last,
  SAFE_DIVIDE(returned_lines, lines + returned_lines) AS return_rate,
  returned_lines_90,
  days_since_return
FROM gap_statistics;
