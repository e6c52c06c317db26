CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.ingest_locks` (
  stream STRING NOT NULL OPTIONS (description = "What is extracted: sales, customers, products, sales_reread, email, content or social."),
  source STRING NOT NULL OPTIONS (description = "API series, r_series or x_series; gmail, ga4 or meta_webhook."),
  locked_at TIMESTAMP NOT NULL OPTIONS (description = "When the newest commit took the lock, UTC: committed_at of its ledger row.")
)
OPTIONS (description = "What every commit changes first: of two transactions that change it at once BigQuery lets one pass, so that two batches never both believe themselves to be next.");
