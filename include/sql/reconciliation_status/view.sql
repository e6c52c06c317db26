CREATE OR REPLACE VIEW `{{ params.dataset }}.reconciliation_status` (
  source OPTIONS (description = "API series: r_series or x_series."),
  day OPTIONS (description = "Day of completion, UTC."),
  checked_at OPTIONS (description = "When the day was compared last, UTC."),
  agrees OPTIONS (description = "TRUE when Lightspeed and the table sales agreed on the day at the end of that run."),
  remaining_sales OPTIONS (description = "Sales that still differed."),
  remaining_amount OPTIONS (description = "Lightspeed's amount less the table's, in the shop's currency, before tax."),
  remaining_sale_ids OPTIONS (description = "Lightspeed's ids of the first sales that still differed, 20 at most."),
  sales OPTIONS (description = "Sales that Lightspeed has on the day, voided ones and those in flight left out."),
  sale_lines OPTIONS (description = "Their lines."),
  amount OPTIONS (description = "Sum of their line totals in the shop's currency, before tax."),
  action OPTIONS (description = "What that run did: none, reread, deferred or reported; see reconciliation_runs."),
  batch_id OPTIONS (description = "Batch that brought the day again, if it was; see ingest_batches."),
  run_id OPTIONS (description = "Airflow run that compared the day.")
)
OPTIONS (description = "The newest comparison of each day with Lightspeed: one row a day. A day without a row has not been compared yet.")
AS
SELECT
  source,
  day,
  checked_at,
  remaining_sales = 0 AS agrees,
  remaining_sales,
  remaining_amount,
  remaining_sale_ids,
  COALESCE(source_sales_after, source_sales) AS sales,
  COALESCE(source_lines_after, source_lines) AS sale_lines,
  COALESCE(source_amount_after, source_amount) AS amount,
  action,
  batch_id,
  run_id
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY source, day ORDER BY checked_at DESC, run_id DESC) AS look
  FROM `{{ params.dataset }}.reconciliation_runs`
)
WHERE look = 1;
