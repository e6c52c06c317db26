CREATE OR REPLACE VIEW `{{ params.dataset }}.profile_favorites` (
  customer_id OPTIONS (description = "Lightspeed's customer id; joins profile_summary."),
  as_of OPTIONS (description = "Day of the profile, UTC."),
  kind OPTIONS (description = "category or product."),
  place OPTIONS (description = "1 is the customer's first of this kind."),
  name OPTIONS (description = "Name of the category or product; the product's id if its name is unknown."),
  share OPTIONS (description = "Share of the customer's spend in the last 365 days, 0 to 1; categories only."),
  purchases OPTIONS (description = "Days on which the customer bought it in the last 365 days; products only.")
)
OPTIONS (description = "One row a customer and favorite category or product, up to five of each.")
AS
SELECT
  profile.customer_id,
  profile.as_of,
  'category' AS kind,
  place + 1 AS place,
  favorite.category AS name,
  favorite.share,
  CAST(NULL AS INT64) AS purchases
FROM `{{ params.dataset }}.customer_profiles` AS profile
CROSS JOIN UNNEST(profile.favorite_categories) AS favorite WITH OFFSET AS place
UNION ALL
SELECT
  profile.customer_id,
  profile.as_of,
  'product' AS kind,
  place + 1 AS place,
  COALESCE(favorite.description, favorite.product_id) AS name,
  CAST(NULL AS FLOAT64) AS share,
  favorite.purchases
FROM `{{ params.dataset }}.customer_profiles` AS profile
CROSS JOIN UNNEST(profile.favorite_products) AS favorite WITH OFFSET AS place;
