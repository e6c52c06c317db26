CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.rejected_records` (
  batch_id STRING NOT NULL OPTIONS (description = "Batch that met the record; see ingest_batches."),
  stream STRING NOT NULL OPTIONS (description = "sales, customers, products, sales_reread, email or social; see ingest_batches."),
  source STRING NOT NULL OPTIONS (description = "API series, r_series or x_series; gmail or meta_webhook."),
  record_id STRING OPTIONS (description = "The source's id of the record, where it could be read; of a webhook the object's name."),
  reason STRING NOT NULL OPTIONS (description = "What did not fit, in one sentence."),
  raw_uri STRING NOT NULL OPTIONS (description = "Cloud Storage object with the raw page that has the record."),
  record STRING NOT NULL OPTIONS (description = "The record as it lies in the raw object, JSON."),
  rejected_at TIMESTAMP NOT NULL OPTIONS (description = "When the batch was committed, UTC.")
)
PARTITION BY DATE(rejected_at)
CLUSTER BY stream
OPTIONS (description = "One row a record that did not fit its table: kept, never dropped, and in nobody's way.");
