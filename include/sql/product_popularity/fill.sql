-- How often each product was bought before each date of @snapshot_dates, by the customers whose bucket is below
-- @buckets. A purchase of a product is a customer-day on which it was bought. A product is new when it was created,
-- or first sold at least 30 days after the shop's first sale, in the 90 days before the date. It is gone when nobody bought
-- it in 30 days in which 5 purchases were to be expected: one chance in 150 while it is on the shelf.
INSERT INTO `{{ params.dataset }}.product_popularity` (
  snapshot_date, product_id, category, buyers, repeat_buyers, sold_7, sold_30, sold_90, gap_mean, price_7, price_90,
  is_gone, popular_rank, new_rank
)
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
  SELECT
    sales.customer_id,
    sales.product_id,
    DATE(sales.timestamp) AS day,
    SUM(sales.price) AS prices,
    COUNT(sales.price) AS priced_lines
  FROM `{{ params.dataset }}.sales` AS sales
  JOIN sampled ON sampled.customer_id = sales.customer_id
  WHERE sales.timestamp < TIMESTAMP(@last_snapshot_date)
    AND sales.product_id IS NOT NULL
    AND NOT sales.is_voided
    AND NOT sales.is_return
  GROUP BY sales.customer_id, sales.product_id, day
),

-- One row a product, whichever API series it came by.
catalogue AS (
  SELECT
    product_id,
    MIN(category) AS category,
    MIN(DATE(created_at)) AS created_day,
    LOGICAL_AND(is_archived) AS is_archived
  FROM `{{ params.dataset }}.products`
  GROUP BY product_id
),

bought AS (
  SELECT
    snapshot_date,
    product_id,
    customer_id,
    COUNT(*) AS purchases,
    COUNTIF(DATE_DIFF(snapshot_date, day, DAY) <= 7) AS purchases_7,
    COUNTIF(DATE_DIFF(snapshot_date, day, DAY) <= 30) AS purchases_30,
    COUNTIF(DATE_DIFF(snapshot_date, day, DAY) <= 90) AS purchases_90,
    MIN(day) AS first_day,
    MAX(day) AS last_day,
    SUM(IF(DATE_DIFF(snapshot_date, day, DAY) <= 7, prices, 0)) AS prices_7,
    SUM(IF(DATE_DIFF(snapshot_date, day, DAY) <= 7, priced_lines, 0)) AS priced_7,
    SUM(IF(DATE_DIFF(snapshot_date, day, DAY) <= 90, prices, 0)) AS prices_90,
    SUM(IF(DATE_DIFF(snapshot_date, day, DAY) <= 90, priced_lines, 0)) AS priced_90
  FROM product_days
  JOIN UNNEST(@snapshot_dates) AS snapshot_date ON product_days.day < snapshot_date
  GROUP BY snapshot_date, product_id, customer_id
),

counted AS (
  SELECT
    snapshot_date,
    product_id,
    COUNT(*) AS buyers,
    COUNTIF(purchases > 1) AS repeat_buyers,
    SUM(purchases_7) AS sold_7,
    SUM(purchases_30) AS sold_30,
    SUM(purchases_90) AS sold_90,
    SAFE_DIVIDE(SUM(DATE_DIFF(last_day, first_day, DAY)), SUM(purchases - 1)) AS gap_mean,
    SAFE_DIVIDE(CAST(SUM(prices_7) AS FLOAT64), SUM(priced_7)) AS price_7,
    SAFE_DIVIDE(CAST(SUM(prices_90) AS FLOAT64), SUM(priced_90)) AS price_90,
    MIN(first_day) AS first_day
  FROM bought
  GROUP BY snapshot_date, product_id
),

opened AS (
  SELECT MIN(day) AS first_day
  FROM product_days
),

described AS (
  SELECT
    counted.*,
    catalogue.category,
    COALESCE(catalogue.created_day, IF(DATE_DIFF(counted.first_day, opened.first_day, DAY) >= 30, counted.first_day, NULL))
      >= DATE_SUB(counted.snapshot_date, INTERVAL 90 DAY) AS is_new
  FROM counted
  CROSS JOIN opened
  LEFT JOIN catalogue ON catalogue.product_id = counted.product_id
  WHERE COALESCE(catalogue.is_archived, FALSE) = FALSE
),

present AS (
  SELECT
    *,
    sold_30 = 0
      AND sold_90 > 0
      AND sold_90 * SUM(sold_30) OVER (PARTITION BY snapshot_date)
        >= 5 * SUM(sold_90 - sold_30) OVER (PARTITION BY snapshot_date) AS is_gone
  FROM described
)

SELECT
  snapshot_date,
  product_id,
  category,
  buyers,
  repeat_buyers,
  sold_7,
  sold_30,
  sold_90,
  gap_mean,
  price_7,
  price_90,
  is_gone,
  IF(
    is_gone,
    NULL,
    ROW_NUMBER() OVER (
      PARTITION BY snapshot_date, is_gone ORDER BY 2 * sold_30 + sold_90 DESC, buyers DESC, product_id
    )
  ) AS popular_rank,
  IF(
    is_new AND category IS NOT NULL,
    ROW_NUMBER() OVER (PARTITION BY snapshot_date, category, is_new ORDER BY sold_30 DESC, buyers DESC, product_id),
    NULL
  ) AS new_rank
FROM present;
