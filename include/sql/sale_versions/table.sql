CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.sale_versions` (
  source STRING NOT NULL OPTIONS (description = "API series: r_series or x_series."),
  sale_id STRING NOT NULL OPTIONS (description = "Lightspeed's id of the sale; with source the key of this table."),
  completed_at TIMESTAMP OPTIONS (description = "Completion as last seen, UTC; NULL while the sale is open."),
  source_updated_at TIMESTAMP OPTIONS (description = "When Lightspeed last changed the sale, UTC."),
  batch_id STRING NOT NULL OPTIONS (description = "Batch that brought the version; see ingest_batches.")
)
CLUSTER BY source, sale_id
OPTIONS (description = "One row a sale ever seen: where its lines stand in sales, so that replacing them touches those days only.");
