-- Candidates for the next basket of each customer at each date of @snapshot_dates, from sales strictly before it:
-- the products they bought (newest-weighted, at most @personal_candidates) and the shop's most popular ones.
-- A purchase of a product is a customer-day on which it was bought. Weights are whole millionths: exact sums.
WITH product_days AS (
  SELECT
    sales.customer_id,
    sales.product_id,
    DATE(sales.timestamp) AS day
  FROM `{{ params.dataset }}.sales` AS sales
  WHERE sales.timestamp < TIMESTAMP(@last_snapshot_date)
    AND sales.customer_id IS NOT NULL
    AND sales.product_id IS NOT NULL
    AND NOT sales.is_voided
    AND NOT sales.is_return
  GROUP BY sales.customer_id, sales.product_id, day
),

archived AS (
  SELECT product_id
  FROM `{{ params.dataset }}.products`
  GROUP BY product_id
  HAVING LOGICAL_AND(is_archived)
),

known AS (
  SELECT
    snapshot_date,
    product_days.customer_id,
    product_days.product_id,
    DATE_DIFF(snapshot_date, product_days.day, DAY) AS age
  FROM product_days
  JOIN UNNEST(@snapshot_dates) AS snapshot_date ON product_days.day < snapshot_date
  WHERE product_days.product_id NOT IN (SELECT archived.product_id FROM archived)
),

history AS (
  SELECT
    snapshot_date,
    customer_id,
    product_id,
    COUNT(*) AS purchases,
    COUNTIF(age <= 30) AS purchases_30,
    COUNTIF(age <= 90) AS purchases_90,
    MIN(age) AS recency_days,
    MAX(age) AS tenure_days,
    SUM(CAST(ROUND(1e6 * POW(0.5, age / 14)) AS INT64)) AS decayed_14,
    SUM(CAST(ROUND(1e6 * POW(0.5, age / 60)) AS INT64)) AS decayed_60,
    SUM(CAST(ROUND(1e6 * POW(0.5, age / 180)) AS INT64)) AS decayed_180
  FROM known
  GROUP BY snapshot_date, customer_id, product_id
),

popularity AS (
  SELECT
    snapshot_date,
    product_id,
    COUNT(*) AS buyers,
    COUNTIF(purchases > 1) AS repeat_buyers,
    SUM(purchases_30) AS sold_30,
    SUM(purchases_90) AS sold_90,
    ROW_NUMBER() OVER (PARTITION BY snapshot_date ORDER BY SUM(purchases_90) DESC, COUNT(*) DESC, product_id) AS popular_rank
  FROM history
  GROUP BY snapshot_date, product_id
),

personal AS (
  SELECT *
  FROM (
    SELECT
      history.*,
      ROW_NUMBER() OVER (
        PARTITION BY history.snapshot_date, history.customer_id
        ORDER BY history.decayed_60 DESC, history.product_id
      ) AS personal_rank
    FROM history
    WHERE ABS(MOD(FARM_FINGERPRINT(history.customer_id), 1000000)) < @customers_per_million
      AND ABS(MOD(FARM_FINGERPRINT(history.customer_id), @shards)) = @shard
  )
  WHERE personal_rank <= @personal_candidates
),

customers AS (
  SELECT
    snapshot_date,
    customer_id,
    COUNT(DISTINCT age) AS customer_purchases,
    COUNT(*) AS customer_lines,
    MIN(age) AS customer_recency_days
  FROM known
  WHERE ABS(MOD(FARM_FINGERPRINT(customer_id), 1000000)) < @customers_per_million
    AND ABS(MOD(FARM_FINGERPRINT(customer_id), @shards)) = @shard
  GROUP BY snapshot_date, customer_id
),

candidates AS (
  SELECT snapshot_date, customer_id, product_id
  FROM personal
  UNION DISTINCT
  SELECT customers.snapshot_date, customers.customer_id, popularity.product_id
  FROM customers
  JOIN popularity ON popularity.snapshot_date = customers.snapshot_date
  WHERE popularity.popular_rank <= @popular_candidates
)

SELECT
  candidates.snapshot_date,
  candidates.customer_id,
  candidates.product_id,
  COALESCE(history.purchases, 0) AS purchases,
  COALESCE(history.purchases_30, 0) AS purchases_30,
  COALESCE(history.purchases_90, 0) AS purchases_90,
  history.recency_days,
  history.tenure_days,
  COALESCE(history.decayed_14, 0) / 1e6 AS decayed_14,
  COALESCE(history.decayed_60, 0) / 1e6 AS decayed_60,
  COALESCE(history.decayed_180, 0) / 1e6 AS decayed_180,
  SAFE_DIVIDE(history.tenure_days - history.recency_days, history.purchases - 1) AS gap_mean,
  SAFE_DIVIDE(history.recency_days * (history.purchases - 1), history.tenure_days - history.recency_days) AS recency_over_gap_mean,
  SAFE_DIVIDE(history.purchases, customers.customer_purchases) AS basket_share,
  COALESCE(personal.personal_rank, @personal_candidates + 1) AS personal_rank,
  popularity.popular_rank,
  popularity.buyers,
  popularity.sold_30,
  popularity.sold_90,
  SAFE_DIVIDE(popularity.repeat_buyers, popularity.buyers) AS repeat_rate,
  customers.customer_purchases,
  SAFE_DIVIDE(customers.customer_lines, customers.customer_purchases) AS basket_products,
  customers.customer_recency_days
FROM candidates
JOIN customers
  ON customers.snapshot_date = candidates.snapshot_date AND customers.customer_id = candidates.customer_id
JOIN popularity
  ON popularity.snapshot_date = candidates.snapshot_date AND popularity.product_id = candidates.product_id
LEFT JOIN history
  ON history.snapshot_date = candidates.snapshot_date
  AND history.customer_id = candidates.customer_id
  AND history.product_id = candidates.product_id
LEFT JOIN personal
  ON personal.snapshot_date = candidates.snapshot_date
  AND personal.customer_id = candidates.customer_id
  AND personal.product_id = candidates.product_id;
