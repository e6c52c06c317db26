CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.rejected_records` (
  batch_id STRING NOT NULL OPTIONS (description = "Batch that met the record; see ingest_batches."),
  stream STRING NOT NULL OPTIONS (description = "sales, customers, products or sales_reread; see ingest_batches."),
  source STRING NOT NULL OPTIONS (description = "API series: r_series or x_series."),
  record_id STRING OPTIONS (description = "Lightspeed's id of the record, where it could be read."),
  reason STRING NOT NULL OPTIONS (description = "What did not fit, in one sentence."),
  raw_uri STRING NOT NULL OPTIONS (description = "Cloud Storage object with the raw page that has the record."),
  record STRING NOT NULL OPTIONS (description = "The record as it came, JSON."),
  rejected_at TIMESTAMP NOT NULL OPTIONS (description = "When the batch was committed, UTC.")
)
PARTITION BY DATE(rejected_at)
CLUSTER BY stream
OPTIONS (description = "One row a record that did not fit its table: kept, never dropped, and in nobody's way.");
