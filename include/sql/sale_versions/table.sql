CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.sale_versions` (
  source STRING NOT NULL OPTIONS (description = "API series: r_series or x_series."),
  sale_id STRING NOT NULL OPTIONS (description = "Lightspeed's id of the sale; with source the key of this table."),
  version INT64 NOT NULL OPTIONS (description = "Orders the states of a sale, a newer one is never lower: X-Series' own version; on R-Series the second of its last change."),
  completed_at TIMESTAMP OPTIONS (description = "Completion as last seen, UTC; NULL while the sale is open."),
  source_updated_at TIMESTAMP OPTIONS (description = "When Lightspeed last changed the sale, UTC."),
  read_at TIMESTAMP NOT NULL OPTIONS (description = "When the extract that brought this state began to read, UTC."),
  batch_id STRING NOT NULL OPTIONS (description = "Batch that brought the version; see ingest_batches.")
)
CLUSTER BY source, sale_id
OPTIONS (description = "One row a sale ever seen: its state and where its lines stand in sales, so that no older state replaces it and replacing it touches its days only.");
