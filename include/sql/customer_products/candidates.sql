-- Candidates for the next basket of each customer snapshot of `features` in the buckets [@first_bucket, @last_bucket]:
-- the products they bought (newest-weighted, at most @personal_candidates), what customers of their latest products
-- buy too (@together_candidates), what is new in their three foremost categories (three each), and the shop's
-- @popular_candidates most popular ones; none that is archived or gone (`product_popularity.is_gone`). Read from the working tables, which know no sale of the snapshot or after it.
WITH snapshots AS (
  SELECT snapshot_date, customer_id, purchases, recency_days, gap_mean, basket_lines, distinct_products
  FROM `{{ params.features }}`
  WHERE snapshot_date IN UNNEST(@snapshot_dates)
    AND bucket BETWEEN @first_bucket AND @last_bucket
),

own AS (
  SELECT *
  FROM `{{ params.dataset }}.customer_products`
  WHERE snapshot_date IN UNNEST(@snapshot_dates)
    AND bucket BETWEEN @first_bucket AND @last_bucket
),

popularity AS (
  SELECT *
  FROM `{{ params.dataset }}.product_popularity`
  WHERE snapshot_date IN UNNEST(@snapshot_dates)
),

pairs AS (
  SELECT snapshot_date, product_id, other_product_id, score
  FROM `{{ params.dataset }}.product_pairs`
  WHERE snapshot_date IN UNNEST(@snapshot_dates)
),

together AS (
  SELECT own.snapshot_date, own.customer_id, pairs.other_product_id AS product_id, SUM(pairs.score) AS together
  FROM own
  JOIN pairs ON pairs.snapshot_date = own.snapshot_date AND pairs.product_id = own.product_id
  WHERE own.personal_rank <= 12
  GROUP BY own.snapshot_date, own.customer_id, pairs.other_product_id
),

bought_together AS (
  SELECT
    together.snapshot_date,
    together.customer_id,
    together.product_id,
    ROW_NUMBER() OVER (
      PARTITION BY together.snapshot_date, together.customer_id
      ORDER BY together.together DESC, together.product_id
    ) AS place
  FROM together
  JOIN popularity
    ON popularity.snapshot_date = together.snapshot_date AND popularity.product_id = together.product_id
  LEFT JOIN own
    ON own.snapshot_date = together.snapshot_date
    AND own.customer_id = together.customer_id
    AND own.product_id = together.product_id
  WHERE own.product_id IS NULL
),

categories AS (
  SELECT
    own.snapshot_date,
    own.customer_id,
    popularity.category,
    ROW_NUMBER() OVER (
      PARTITION BY own.snapshot_date, own.customer_id
      ORDER BY SUM(own.decayed_180) DESC, popularity.category
    ) AS place
  FROM own
  JOIN popularity ON popularity.snapshot_date = own.snapshot_date AND popularity.product_id = own.product_id
  WHERE popularity.category IS NOT NULL
  GROUP BY own.snapshot_date, own.customer_id, popularity.category
),

offered AS (
  SELECT snapshot_date, customer_id, product_id, 1 AS is_together, 0 AS is_new
  FROM bought_together
  WHERE place <= @together_candidates
  UNION ALL
  SELECT categories.snapshot_date, categories.customer_id, popularity.product_id, 0, 1
  FROM categories
  JOIN popularity
    ON popularity.snapshot_date = categories.snapshot_date AND popularity.category = categories.category
  WHERE categories.place <= 3 AND popularity.new_rank <= 3
  UNION ALL
  SELECT snapshots.snapshot_date, snapshots.customer_id, popularity.product_id, 0, 0
  FROM snapshots
  JOIN popularity ON popularity.snapshot_date = snapshots.snapshot_date
  WHERE popularity.popular_rank <= @popular_candidates
),

unseen AS (
  SELECT
    offered.snapshot_date,
    offered.customer_id,
    offered.product_id,
    MAX(offered.is_together) AS is_together,
    MAX(offered.is_new) AS is_new
  FROM offered
  LEFT JOIN own
    ON own.snapshot_date = offered.snapshot_date
    AND own.customer_id = offered.customer_id
    AND own.product_id = offered.product_id
  WHERE own.product_id IS NULL
  GROUP BY offered.snapshot_date, offered.customer_id, offered.product_id
),

candidates AS (
  SELECT
    snapshot_date, customer_id, product_id, 0 AS is_together, 0 AS is_new,
    purchases, purchases_30, purchases_90, in_last_5, in_last_15, visits_since, first_visits_ago,
    recency_days, tenure_days, decayed_14, decayed_60, decayed_180, decayed_visits, personal_rank
  FROM own
  WHERE personal_rank <= @personal_candidates
  UNION ALL
  SELECT
    snapshot_date, customer_id, product_id, is_together, is_new,
    0, 0, 0, 0, 0, NULL, NULL,
    NULL, NULL, 0, 0, 0, 0, NULL
  FROM unseen
)

SELECT
  candidates.snapshot_date,
  candidates.customer_id,
  candidates.product_id,
  candidates.is_together,
  candidates.is_new,
  candidates.purchases,
  candidates.purchases_30,
  candidates.purchases_90,
  candidates.in_last_5,
  candidates.in_last_15,
  candidates.visits_since,
  candidates.first_visits_ago,
  candidates.recency_days,
  candidates.tenure_days,
  candidates.decayed_14 / 1e6 AS decayed_14,
  candidates.decayed_60 / 1e6 AS decayed_60,
  candidates.decayed_180 / 1e6 AS decayed_180,
  candidates.decayed_visits / 1e6 AS decayed_visits,
  SAFE_DIVIDE(candidates.tenure_days - candidates.recency_days, candidates.purchases - 1) AS gap_mean,
  SAFE_DIVIDE(
    candidates.recency_days * (candidates.purchases - 1), candidates.tenure_days - candidates.recency_days
  ) AS recency_over_gap_mean,
  SAFE_DIVIDE(
    candidates.visits_since * (candidates.purchases - 1), candidates.first_visits_ago - candidates.visits_since
  ) AS visits_since_over_gap,
  SAFE_DIVIDE(candidates.recency_days, popularity.gap_mean) AS recency_over_product_gap,
  SAFE_DIVIDE(candidates.purchases, snapshots.purchases) AS basket_share,
  SAFE_DIVIDE(candidates.purchases, candidates.first_visits_ago + 1) AS basket_share_since_first,
  candidates.personal_rank,
  COALESCE(together.together, 0) / 1e6 AS together,
  popularity.popular_rank,
  COALESCE(popularity.buyers, 0) AS buyers,
  COALESCE(popularity.sold_7, 0) AS sold_7,
  COALESCE(popularity.sold_30, 0) AS sold_30,
  COALESCE(popularity.sold_90, 0) AS sold_90,
  SAFE_DIVIDE(popularity.repeat_buyers, popularity.buyers) AS repeat_rate,
  popularity.gap_mean AS product_gap_mean,
  SAFE_DIVIDE(popularity.price_7, popularity.price_90) AS price_change,
  snapshots.distinct_products AS customer_products,
  snapshots.purchases AS customer_purchases,
  snapshots.recency_days AS customer_recency_days,
  snapshots.gap_mean AS customer_gap_mean,
  snapshots.basket_lines AS customer_basket_lines
FROM candidates
JOIN snapshots
  ON snapshots.snapshot_date = candidates.snapshot_date AND snapshots.customer_id = candidates.customer_id
LEFT JOIN popularity
  ON popularity.snapshot_date = candidates.snapshot_date AND popularity.product_id = candidates.product_id
LEFT JOIN together
  ON together.snapshot_date = candidates.snapshot_date
  AND together.customer_id = candidates.customer_id
  AND together.product_id = candidates.product_id
WHERE popularity.is_gone IS NOT TRUE;
