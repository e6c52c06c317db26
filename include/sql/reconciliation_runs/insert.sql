-- One compared day. The same run compares a day once.
INSERT INTO `{{ params.dataset }}.reconciliation_runs` (
  run_id, source, day, checked_at,
  source_sales, source_lines, source_amount, warehouse_sales, warehouse_lines, warehouse_amount,
  missing_sales, unexpected_sales, changed_sales, in_flight_sales, rejected_sales, sale_ids, action, batch_id,
  source_sales_after, source_lines_after, source_amount_after,
  warehouse_sales_after, warehouse_lines_after, warehouse_amount_after,
  remaining_sales, remaining_amount, remaining_sale_ids
)
SELECT
  @run_id, @source, @day, @checked_at,
  @source_sales, @source_lines, @source_amount, @warehouse_sales, @warehouse_lines, @warehouse_amount,
  @missing_sales, @unexpected_sales, @changed_sales, @in_flight_sales, @rejected_sales, @examples, @action, @reread_batch,
  @source_sales_after, @source_lines_after, @source_amount_after,
  @warehouse_sales_after, @warehouse_lines_after, @warehouse_amount_after,
  @remaining_sales, @remaining_amount, @remaining_examples
FROM (SELECT 1)
WHERE NOT EXISTS (
  SELECT 1
  FROM `{{ params.dataset }}.reconciliation_runs` AS known
  WHERE known.run_id = @run_id
    AND known.source = @source
    AND known.day = @day
    AND known.checked_at = @checked_at
);
