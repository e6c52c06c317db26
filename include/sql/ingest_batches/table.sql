CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.ingest_batches` (
  batch_id STRING NOT NULL OPTIONS (description = "Name of the batch: stream, number and a digest of the run and the cursor that it began with."),
  stream STRING NOT NULL OPTIONS (description = "What was extracted: sales, customers or products; sales_reread: days of sales that reconcile_sales read again; email, content or social."),
  source STRING NOT NULL OPTIONS (description = "API series, r_series or x_series; gmail, ga4 or meta_webhook."),
  batch_number INT64 NOT NULL OPTIONS (description = "1, 2, 3, … without a gap for a stream of a source."),
  mode STRING NOT NULL OPTIONS (description = "backfill: the batch was catching up with history; live: it had caught up."),
  reached_end BOOL NOT NULL OPTIONS (description = "TRUE when the batch read all that there was; FALSE when it stopped at its bound with more to come."),
  cursor_from STRING OPTIONS (description = "Watermark that the batch began after; NULL for the first batch."),
  cursor_to STRING NOT NULL OPTIONS (description = "Watermark that the next batch begins after; of sales_reread the days that the batch read again, with commas between."),
  raw_uris ARRAY<STRING> OPTIONS (description = "Cloud Storage objects with the raw pages, in order; of content also the tables of the GA4 export that were read (bq://…)."),
  row_uris ARRAY<STRING> OPTIONS (description = "Cloud Storage objects with the typed rows."),
  pages INT64 NOT NULL OPTIONS (description = "Pages read."),
  records INT64 NOT NULL OPTIONS (description = "Records read."),
  rows_loaded INT64 NOT NULL OPTIONS (description = "Rows that the records became."),
  rejected INT64 NOT NULL OPTIONS (description = "Records that did not fit; see rejected_records."),
  extract_started_at TIMESTAMP NOT NULL OPTIONS (description = "When the first page with something new was asked for, UTC."),
  extract_ended_at TIMESTAMP NOT NULL OPTIONS (description = "When the last object was durable, UTC."),
  committed_at TIMESTAMP NOT NULL OPTIONS (description = "When the commit took its lock, UTC; the rows and this row became visible together a moment later (the rest of the transaction)."),
  dag_run_id STRING NOT NULL OPTIONS (description = "Airflow run that brought the batch.")
)
PARTITION BY DATE(committed_at)
CLUSTER BY stream, source
OPTIONS (description = "The ledger: one row a committed batch, written in the transaction that writes its data. The only state of the pipeline.");
