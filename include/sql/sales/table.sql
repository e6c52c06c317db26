CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.sales` (
  timestamp TIMESTAMP NOT NULL OPTIONS (description = "When the sale was completed, UTC."),
  customer_id STRING OPTIONS (description = "Lightspeed's id of the customer; NULL for a walk-in."),
  product_id STRING OPTIONS (description = "Lightspeed's id of the item sold; NULL for a miscellaneous line."),
  quantity NUMERIC NOT NULL OPTIONS (description = "Units sold; negative on a return."),
  price NUMERIC OPTIONS (description = "Price of one unit in the shop's currency, as charged: after discounts, before tax."),
  payment_method STRING OPTIONS (description = "Name of the tender that paid most of the sale; NULL when nothing was paid."),
  sale_id STRING NOT NULL OPTIONS (description = "Lightspeed's id of the sale; the lines of one receipt share it."),
  sale_line_id STRING NOT NULL OPTIONS (description = "Lightspeed's id of the line; with source the key of this table."),
  line_total NUMERIC NOT NULL OPTIONS (description = "Amount of the line in the shop's currency, after discounts, before tax; negative on a return."),
  discount NUMERIC OPTIONS (description = "Discount on the whole line in the shop's currency, its share of the sale's discount included."),
  tax NUMERIC OPTIONS (description = "Tax on the whole line in the shop's currency."),
  payment_methods ARRAY<STRUCT<
    name STRING OPTIONS (description = "Name of the tender."),
    amount NUMERIC OPTIONS (description = "Amount it paid of the whole sale, tax included, change given back taken off.")
  >> OPTIONS (description = "Every tender of the sale; repeated on each of its lines, so never sum it over lines."),
  register_id STRING OPTIONS (description = "Lightspeed's id of the register."),
  shop_id STRING OPTIONS (description = "Lightspeed's id of the shop (R-Series) or outlet (X-Series)."),
  employee_id STRING OPTIONS (description = "Lightspeed's id of the employee who sold."),
  is_return BOOL NOT NULL OPTIONS (description = "TRUE when the line gives goods back."),
  returned_sale_line_id STRING OPTIONS (description = "The line that this one returns, where the source tells it."),
  is_voided BOOL NOT NULL OPTIONS (description = "TRUE when the sale was voided after completion: it counts towards no total."),
  source STRING NOT NULL OPTIONS (description = "API series that the row came from: r_series or x_series."),
  source_updated_at TIMESTAMP OPTIONS (description = "When Lightspeed last changed the sale, UTC."),
  ingested_at TIMESTAMP NOT NULL OPTIONS (description = "When the row was committed here, UTC."),
  batch_id STRING NOT NULL OPTIONS (description = "Batch that brought the row; see ingest_batches.")
)
PARTITION BY DATE(timestamp)
CLUSTER BY customer_id
OPTIONS (description = "One row a line of a completed sale in Lightspeed, replaced whole when the sale changes.");
