CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.sale_arrivals` (
  source STRING NOT NULL OPTIONS (description = "API series: r_series or x_series."),
  sale_id STRING NOT NULL OPTIONS (description = "Lightspeed's id of the sale."),
  completed_at TIMESTAMP NOT NULL OPTIONS (description = "When the sale was completed, UTC; Lightspeed tells whole seconds, cut off."),
  source_updated_at TIMESTAMP OPTIONS (description = "When Lightspeed had last changed the sale, UTC."),
  committed_at TIMESTAMP NOT NULL OPTIONS (description = "When the commit that brought this state took its lock, UTC; it is queryable a moment later (the rest of the transaction)."),
  stream STRING NOT NULL OPTIONS (description = "Stream of the batch: sales, or one that reads sales again."),
  mode STRING NOT NULL OPTIONS (description = "Mode of the batch: live, or backfill while it was catching up."),
  batch_id STRING NOT NULL OPTIONS (description = "Batch that brought it; see ingest_batches.")
)
PARTITION BY DATE(completed_at)
OPTIONS (description = "One row a state of a recent sale as it became queryable, never changed afterwards: what sales_freshness is measured on, since sales itself knows only a sale's newest batch.");
