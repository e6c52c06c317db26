-- Candidates for the next basket of each customer snapshot of `features` in the buckets [@first_bucket, @last_bucket],
-- from sales strictly before the snapshot: the products they bought (newest-weighted, at most @personal_candidates)
-- and the shop's @popular_candidates most popular ones. A purchase of a product is a customer-day on which it was
-- bought. Weights are whole millionths: their sums are exact in any order.
WITH snapshots AS (
  SELECT snapshot_date, customer_id, purchases, recency_days
  FROM `{{ params.features }}`
  WHERE snapshot_date IN UNNEST(@snapshot_dates)
    AND bucket BETWEEN @first_bucket AND @last_bucket
),

product_days AS (
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
  LEFT JOIN archived ON archived.product_id = product_days.product_id
  WHERE archived.product_id IS NULL
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
  FROM (
    SELECT
      snapshot_date,
      product_id,
      customer_id,
      COUNT(*) AS purchases,
      COUNTIF(age <= 30) AS purchases_30,
      COUNTIF(age <= 90) AS purchases_90
    FROM known
    GROUP BY snapshot_date, product_id, customer_id
  )
  GROUP BY snapshot_date, product_id
),

history AS (
  SELECT
    known.snapshot_date,
    known.customer_id,
    known.product_id,
    COUNT(*) AS purchases,
    COUNTIF(known.age <= 30) AS purchases_30,
    COUNTIF(known.age <= 90) AS purchases_90,
    MIN(known.age) AS recency_days,
    MAX(known.age) AS tenure_days,
    SUM(CAST(ROUND(1e6 * POW(0.5, known.age / 14)) AS INT64)) AS decayed_14,
    SUM(CAST(ROUND(1e6 * POW(0.5, known.age / 60)) AS INT64)) AS decayed_60,
    SUM(CAST(ROUND(1e6 * POW(0.5, known.age / 180)) AS INT64)) AS decayed_180
  FROM known
  JOIN snapshots
    ON snapshots.snapshot_date = known.snapshot_date AND snapshots.customer_id = known.customer_id
  GROUP BY known.snapshot_date, known.customer_id, known.product_id
),

ranked AS (
  SELECT
    *,
    COUNT(*) OVER (PARTITION BY snapshot_date, customer_id) AS customer_products,
    ROW_NUMBER() OVER (
      PARTITION BY snapshot_date, customer_id
      ORDER BY decayed_60 DESC, purchases DESC, product_id
    ) AS personal_rank
  FROM history
),

unseen AS (
  SELECT snapshots.snapshot_date, snapshots.customer_id, popularity.product_id
  FROM snapshots
  JOIN popularity ON popularity.snapshot_date = snapshots.snapshot_date
  LEFT JOIN history
    ON history.snapshot_date = snapshots.snapshot_date
    AND history.customer_id = snapshots.customer_id
    AND history.product_id = popularity.product_id
  WHERE popularity.popular_rank <= @popular_candidates
    AND history.product_id IS NULL
),

candidates AS (
  SELECT
    ranked.snapshot_date, ranked.customer_id, ranked.product_id,
    ranked.purchases, ranked.purchases_30, ranked.purchases_90, ranked.recency_days, ranked.tenure_days,
    ranked.decayed_14, ranked.decayed_60, ranked.decayed_180, ranked.customer_products, ranked.personal_rank
  FROM ranked
  WHERE ranked.personal_rank <= @personal_candidates
  UNION ALL
  SELECT snapshot_date, customer_id, product_id, 0, 0, 0, NULL, NULL, 0, 0, 0, NULL, NULL
  FROM unseen
)

SELECT
  candidates.snapshot_date,
  candidates.customer_id,
  candidates.product_id,
  candidates.purchases,
  candidates.purchases_30,
  candidates.purchases_90,
  candidates.recency_days,
  candidates.tenure_days,
  candidates.decayed_14 / 1e6 AS decayed_14,
  candidates.decayed_60 / 1e6 AS decayed_60,
  candidates.decayed_180 / 1e6 AS decayed_180,
  SAFE_DIVIDE(candidates.tenure_days - candidates.recency_days, candidates.purchases - 1) AS gap_mean,
  SAFE_DIVIDE(
    candidates.recency_days * (candidates.purchases - 1), candidates.tenure_days - candidates.recency_days
  ) AS recency_over_gap_mean,
  SAFE_DIVIDE(candidates.purchases, snapshots.purchases) AS basket_share,
  candidates.personal_rank,
  candidates.customer_products,
  popularity.popular_rank,
  popularity.buyers,
  popularity.sold_30,
  popularity.sold_90,
  SAFE_DIVIDE(popularity.repeat_buyers, popularity.buyers) AS repeat_rate,
  snapshots.purchases AS customer_purchases,
  snapshots.recency_days AS customer_recency_days
FROM candidates
JOIN snapshots
  ON snapshots.snapshot_date = candidates.snapshot_date AND snapshots.customer_id = candidates.customer_id
JOIN popularity
  ON popularity.snapshot_date = candidates.snapshot_date AND popularity.product_id = candidates.product_id;
