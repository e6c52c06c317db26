CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.customer_products` (
  snapshot_date DATE NOT NULL OPTIONS (description = "The history knows the sales before 00:00 UTC of this day and none after."),
  bucket INT64 NOT NULL OPTIONS (description = "Bucket of the customer as in customer_features: a shard is a range of it."),
  customer_id STRING NOT NULL OPTIONS (description = "Lightspeed's customer id."),
  product_id STRING NOT NULL OPTIONS (description = "Lightspeed's product id; archived products have no row."),
  purchases INT64 OPTIONS (description = "Days on which the customer bought it."),
  purchases_30 INT64 OPTIONS (description = "Those of the latest 30 days."),
  purchases_90 INT64 OPTIONS (description = "Those of the latest 90 days."),
  in_last_5 INT64 OPTIONS (description = "Those among the customer's latest 5 purchase days."),
  in_last_15 INT64 OPTIONS (description = "Those among the customer's latest 15 purchase days."),
  visits_since INT64 OPTIONS (description = "Purchase days of the customer after the latest one with the product; 0: it was bought the last time."),
  first_visits_ago INT64 OPTIONS (description = "Purchase days of the customer after the first one with the product."),
  recency_days INT64 OPTIONS (description = "Days from the latest purchase of it to snapshot_date."),
  tenure_days INT64 OPTIONS (description = "Days from the first purchase of it to snapshot_date."),
  decayed_14 INT64 OPTIONS (description = "Its purchase days, each weighted by one half to the power of its age over 14 days, in millionths."),
  decayed_60 INT64 OPTIONS (description = "The same over 60 days."),
  decayed_180 INT64 OPTIONS (description = "The same over 180 days."),
  decayed_visits INT64 OPTIONS (description = "The same with 0.9 to the power of the customer's purchase days since, in millionths."),
  personal_rank INT64 OPTIONS (description = "Place among the customer's products by decayed_60, 1 the first.")
)
PARTITION BY snapshot_date
CLUSTER BY bucket
OPTIONS (description = "Working table of customer_profiles: what each customer bought how often, one row a customer and product. Each run fills it and empties it.");
