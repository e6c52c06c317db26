-- Products that the same customers bought, before each date of @snapshot_dates: among the latest 40 products of a
-- year, of the customers whose bucket is below @buckets. The ten in the score keeps pairs of rare products, seen
-- together by chance, below those with evidence.
INSERT INTO `{{ params.dataset }}.product_pairs` (snapshot_date, product_id, other_product_id, together, score, place)
WITH sampled AS (
  SELECT customer_id
  FROM (
    SELECT DISTINCT customer_id
    FROM `{{ params.dataset }}.sales`
    WHERE timestamp < TIMESTAMP(@last_snapshot_date) AND customer_id IS NOT NULL AND NOT is_voided
  )
  WHERE ABS(MOD(FARM_FINGERPRINT(customer_id), 1000000)) < @buckets
),

product_days AS (
  SELECT sales.customer_id, sales.product_id, DATE(sales.timestamp) AS day
  FROM `{{ params.dataset }}.sales` AS sales
  JOIN sampled ON sampled.customer_id = sales.customer_id
  WHERE sales.timestamp < TIMESTAMP(@last_snapshot_date)
    AND sales.product_id IS NOT NULL
    AND NOT sales.is_voided
    AND NOT sales.is_return
  GROUP BY sales.customer_id, sales.product_id, day
),

latest AS (
  SELECT
    snapshot_date,
    customer_id,
    product_id,
    ROW_NUMBER() OVER (
      PARTITION BY snapshot_date, customer_id
      ORDER BY MAX(day) DESC, COUNT(*) DESC, product_id
    ) AS place
  FROM product_days
  JOIN UNNEST(@snapshot_dates) AS snapshot_date
    ON product_days.day < snapshot_date AND product_days.day >= DATE_SUB(snapshot_date, INTERVAL 365 DAY)
  GROUP BY snapshot_date, customer_id, product_id
),

kept AS (
  SELECT snapshot_date, customer_id, product_id
  FROM latest
  WHERE place <= 40
),

counted AS (
  SELECT snapshot_date, product_id, COUNT(*) AS buyers
  FROM kept
  GROUP BY snapshot_date, product_id
  HAVING COUNT(*) >= 2
),

pairs AS (
  SELECT one.snapshot_date, one.product_id, other.product_id AS other_product_id, COUNT(*) AS together
  FROM kept AS one
  JOIN kept AS other ON other.snapshot_date = one.snapshot_date AND other.customer_id = one.customer_id
  WHERE other.product_id != one.product_id
  GROUP BY one.snapshot_date, one.product_id, other.product_id
  HAVING COUNT(*) >= 2
),

scored AS (
  SELECT
    pairs.*,
    CAST(ROUND(1e6 * pairs.together / (10 + SQRT(one.buyers * other.buyers))) AS INT64) AS score
  FROM pairs
  JOIN counted AS one ON one.snapshot_date = pairs.snapshot_date AND one.product_id = pairs.product_id
  JOIN counted AS other ON other.snapshot_date = pairs.snapshot_date AND other.product_id = pairs.other_product_id
),

ranked AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY snapshot_date, product_id ORDER BY score DESC, other_product_id) AS place
  FROM scored
)

SELECT snapshot_date, product_id, other_product_id, together, score, place
FROM ranked
WHERE place <= 12;
