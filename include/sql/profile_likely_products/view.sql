CREATE OR REPLACE VIEW `{{ params.dataset }}.profile_likely_products` (
  customer_id OPTIONS (description = "Lightspeed's customer id; joins profile_summary."),
  as_of OPTIONS (description = "Day of the profile, UTC."),
  place OPTIONS (description = "1 is the product most likely in the next basket."),
  product_id OPTIONS (description = "Lightspeed's product id."),
  product OPTIONS (description = "Product name; NULL if unknown."),
  score OPTIONS (description = "Score relative to the customer's best candidate, 0 to 1; it orders, it is no probability."),
  reason OPTIONS (description = "Why the product is on the list: bought_before, bought_together, new_in_category or popular.")
)
OPTIONS (description = "One row a customer and likely product, up to ten a customer.")
AS
SELECT
  profile.customer_id,
  profile.as_of,
  place + 1 AS place,
  likely.product_id,
  likely.description AS product,
  likely.score,
  likely.reason
FROM `{{ params.dataset }}.customer_profiles` AS profile
CROSS JOIN UNNEST(profile.likely_products) AS likely WITH OFFSET AS place;
