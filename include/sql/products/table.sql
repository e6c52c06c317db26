CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.products` (
  product_id STRING NOT NULL OPTIONS (description = "Lightspeed's id of the item; with source the key of this table."),
  sku STRING OPTIONS (description = "Stock-keeping unit."),
  description STRING OPTIONS (description = "Name of the product."),
  brand STRING OPTIONS (description = "Brand or manufacturer."),
  category_id STRING OPTIONS (description = "Lightspeed's id of the category."),
  category STRING OPTIONS (description = "Name of the category."),
  category_path STRING OPTIONS (description = "Category with its parents, separated by slashes."),
  price NUMERIC OPTIONS (description = "List price of one unit in the shop's currency, before tax."),
  cost NUMERIC OPTIONS (description = "Cost of one unit in the shop's currency."),
  is_archived BOOL NOT NULL OPTIONS (description = "TRUE when the product is archived, inactive or deleted in Lightspeed."),
  created_at TIMESTAMP OPTIONS (description = "When the product was created in Lightspeed, UTC."),
  source STRING NOT NULL OPTIONS (description = "API series: r_series or x_series."),
  source_updated_at TIMESTAMP OPTIONS (description = "When Lightspeed last changed the product, UTC."),
  ingested_at TIMESTAMP NOT NULL OPTIONS (description = "When the row was committed here, UTC."),
  batch_id STRING NOT NULL OPTIONS (description = "Batch that brought the row; see ingest_batches.")
)
CLUSTER BY product_id
OPTIONS (description = "One row a product in Lightspeed, as last seen.");
