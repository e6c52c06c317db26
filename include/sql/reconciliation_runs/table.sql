CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.reconciliation_runs` (
  run_id STRING NOT NULL OPTIONS (description = "Airflow run that compared the day."),
  source STRING NOT NULL OPTIONS (description = "API series: r_series or x_series."),
  day DATE NOT NULL OPTIONS (description = "Day that was compared: the sales completed on it, UTC."),
  checked_at TIMESTAMP NOT NULL OPTIONS (description = "When the comparison began, UTC."),
  source_sales INT64 NOT NULL OPTIONS (description = "Sales that Lightspeed has on the day; voided ones and those in flight are left out, here and in every figure."),
  source_lines INT64 NOT NULL OPTIONS (description = "Their lines."),
  source_amount NUMERIC NOT NULL OPTIONS (description = "Sum of their line totals in the shop's currency, before tax."),
  warehouse_sales INT64 NOT NULL OPTIONS (description = "Sales that the table sales had on the day."),
  warehouse_lines INT64 NOT NULL OPTIONS (description = "Their lines."),
  warehouse_amount NUMERIC NOT NULL OPTIONS (description = "Sum of their line totals in the shop's currency, before tax."),
  missing_sales INT64 NOT NULL OPTIONS (description = "Sales that Lightspeed had on the day and the table had not."),
  unexpected_sales INT64 NOT NULL OPTIONS (description = "Sales that the table had on the day and Lightspeed had not: moved to another day, voided, reopened or deleted."),
  changed_sales INT64 NOT NULL OPTIONS (description = "Sales that both had, with other lines, another amount or another time of completion."),
  in_flight_sales INT64 NOT NULL OPTIONS (description = "Sales that were left out since they had changed within the grace period: the next batches bring them."),
  rejected_sales INT64 NOT NULL OPTIONS (description = "Sales that were left out since they do not fit the table; see rejected_records."),
  sale_ids ARRAY<STRING> OPTIONS (description = "Lightspeed's ids of the first sales that differed, 20 at most."),
  action STRING NOT NULL OPTIONS (description = "none: nothing differed; reread: the day was read again and committed; deferred: the run had reached its bound, the next one reads it; reported: the run was told to compare only."),
  batch_id STRING OPTIONS (description = "Batch of the stream sales_reread that brought the day again; see ingest_batches."),
  source_sales_after INT64 OPTIONS (description = "source_sales when the day was compared again after the batch; NULL unless it was read again."),
  source_lines_after INT64 OPTIONS (description = "source_lines after the batch."),
  source_amount_after NUMERIC OPTIONS (description = "source_amount after the batch."),
  warehouse_sales_after INT64 OPTIONS (description = "warehouse_sales after the batch."),
  warehouse_lines_after INT64 OPTIONS (description = "warehouse_lines after the batch."),
  warehouse_amount_after NUMERIC OPTIONS (description = "warehouse_amount after the batch."),
  remaining_sales INT64 NOT NULL OPTIONS (description = "Sales that differed at the end of the run: 0 when the day agrees."),
  remaining_amount NUMERIC NOT NULL OPTIONS (description = "Lightspeed's amount of the day less the table's at the end of the run."),
  remaining_sale_ids ARRAY<STRING> OPTIONS (description = "Lightspeed's ids of the first sales that differed at the end of the run, 20 at most.")
)
PARTITION BY DATE(checked_at)
CLUSTER BY source, day
OPTIONS (description = "One row a compared day and run: what Lightspeed and the table sales said of the day, what was done about a difference, and what remained.");
