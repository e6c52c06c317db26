-- What the customers of `features` in the buckets [@first_bucket, @last_bucket] bought before each date of
-- @snapshot_dates, one row a customer and product. A purchase is a customer-day; a visit is a customer-day with any
-- purchase, as features.purchases counts them. Weights are whole millionths: their sums are exact in any order.
INSERT INTO `{{ params.dataset }}.customer_products` (
  snapshot_date, bucket, customer_id, product_id,
  purchases, purchases_30, purchases_90, in_last_5, in_last_15, visits_since, first_visits_ago,
  recency_days, tenure_days, decayed_14, decayed_60, decayed_180, decayed_visits,
  personal_rank
)
WITH snapshots AS (
  SELECT snapshot_date, customer_id, bucket, purchases
  FROM `{{ params.features }}`
  WHERE snapshot_date IN UNNEST(@snapshot_dates)
    AND bucket BETWEEN @first_bucket AND @last_bucket
),

wanted AS (
  SELECT DISTINCT customer_id
  FROM snapshots
),

archived AS (
  SELECT product_id
  FROM `{{ params.dataset }}.products`
  GROUP BY product_id
  HAVING LOGICAL_AND(is_archived)
),

product_days AS (
  SELECT sales.customer_id, sales.product_id, DATE(sales.timestamp) AS day
  FROM `{{ params.dataset }}.sales` AS sales
  JOIN wanted ON wanted.customer_id = sales.customer_id
  WHERE sales.timestamp < TIMESTAMP(@last_snapshot_date)
    AND NOT sales.is_voided
    AND NOT sales.is_return
  GROUP BY sales.customer_id, sales.product_id, day
),

visits AS (
  SELECT customer_id, day, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY day) AS visit
  FROM product_days
  GROUP BY customer_id, day
),

known AS (
  SELECT
    snapshots.snapshot_date,
    snapshots.bucket,
    snapshots.customer_id,
    product_days.product_id,
    DATE_DIFF(snapshots.snapshot_date, product_days.day, DAY) AS age,
    snapshots.purchases - visits.visit AS visits_ago
  FROM product_days
  JOIN visits ON visits.customer_id = product_days.customer_id AND visits.day = product_days.day
  JOIN snapshots
    ON snapshots.customer_id = product_days.customer_id AND snapshots.snapshot_date > product_days.day
  LEFT JOIN archived ON archived.product_id = product_days.product_id
  WHERE product_days.product_id IS NOT NULL AND archived.product_id IS NULL
),

history AS (
  SELECT
    snapshot_date,
    customer_id,
    product_id,
    MIN(bucket) AS bucket,
    COUNT(*) AS purchases,
    COUNTIF(age <= 30) AS purchases_30,
    COUNTIF(age <= 90) AS purchases_90,
    COUNTIF(visits_ago < 5) AS in_last_5,
    COUNTIF(visits_ago < 15) AS in_last_15,
    MIN(visits_ago) AS visits_since,
    MAX(visits_ago) AS first_visits_ago,
    MIN(age) AS recency_days,
    MAX(age) AS tenure_days,
    SUM(CAST(ROUND(1e6 * POW(0.5, age / 14)) AS INT64)) AS decayed_14,
    SUM(CAST(ROUND(1e6 * POW(0.5, age / 60)) AS INT64)) AS decayed_60,
    SUM(CAST(ROUND(1e6 * POW(0.5, age / 180)) AS INT64)) AS decayed_180,
    SUM(CAST(ROUND(1e6 * POW(0.9, visits_ago)) AS INT64)) AS decayed_visits
  FROM known
  GROUP BY snapshot_date, customer_id, product_id
)

SELECT
  snapshot_date,
  bucket,
  customer_id,
  product_id,
  purchases,
  purchases_30,
  purchases_90,
  in_last_5,
  in_last_15,
  visits_since,
  first_visits_ago,
  recency_days,
  tenure_days,
  decayed_14,
  decayed_60,
  decayed_180,
  decayed_visits,
  ROW_NUMBER() OVER (
    PARTITION BY snapshot_date, customer_id
    ORDER BY decayed_60 DESC, purchases DESC, product_id
  ) AS personal_rank
FROM history;
