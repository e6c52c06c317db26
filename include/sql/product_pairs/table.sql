CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.product_pairs` (
  snapshot_date DATE NOT NULL OPTIONS (description = "The pairs know the sales before 00:00 UTC of this day and none after."),
  product_id STRING NOT NULL OPTIONS (description = "A product."),
  other_product_id STRING NOT NULL OPTIONS (description = "A product that the same customers buy."),
  together INT64 OPTIONS (description = "Customers whose latest products contain both."),
  score INT64 OPTIONS (description = "together over 10 plus the geometric mean of both products' buyers, in millionths."),
  place INT64 OPTIONS (description = "Place among the pairs of product_id, 1 the best; at most 12 are kept.")
)
PARTITION BY snapshot_date
CLUSTER BY product_id
OPTIONS (description = "Working table of customer_profiles: products bought by the same customers, from the latest 40 products of at most 20,000 customers. Each run fills it and empties it.");
