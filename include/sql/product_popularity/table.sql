CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.product_popularity` (
  snapshot_date DATE NOT NULL OPTIONS (description = "The counts know the sales before 00:00 UTC of this day and none after."),
  product_id STRING NOT NULL OPTIONS (description = "Lightspeed's product id; archived products have no row."),
  category STRING OPTIONS (description = "Name of the category; NULL when the product table does not know it."),
  buyers INT64 OPTIONS (description = "Customers who bought it so far."),
  repeat_buyers INT64 OPTIONS (description = "Those who bought it on several days."),
  sold_7 INT64 OPTIONS (description = "Customer-days on which it was bought in the 7 days before snapshot_date."),
  sold_30 INT64 OPTIONS (description = "The same of the latest 30 days."),
  sold_90 INT64 OPTIONS (description = "The same of the latest 90 days."),
  gap_mean FLOAT64 OPTIONS (description = "Mean days between two purchases of it by one customer; NULL without a repeat buyer."),
  price_7 FLOAT64 OPTIONS (description = "Mean unit price of the latest 7 days; NULL without prices."),
  price_90 FLOAT64 OPTIONS (description = "Mean unit price of the latest 90 days; NULL without prices."),
  is_gone BOOL OPTIONS (description = "TRUE when none was bought in the latest 30 days although at least 5 were to be expected, from the 60 days before and the shop's own ups and downs: out of stock, or no longer carried."),
  popular_rank INT64 OPTIONS (description = "Place among the products that are not gone, by sold_90 plus twice sold_30, 1 the most popular."),
  new_rank INT64 OPTIONS (description = "Place by sold_30 among the products of its category that are new in the shop: created, or first sold, in the latest 90 days; NULL when not new.")
)
PARTITION BY snapshot_date
CLUSTER BY product_id
OPTIONS (description = "Working table of customer_profiles: how often each product is bought. Each run fills it and empties it; the counts are of at most 100,000 customers.");
