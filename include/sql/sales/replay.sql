-- The table as a replay makes it, into a table of its own: the lines of each sale's newest state.
INSERT INTO `{{ params.shadow }}` (
  timestamp, customer_id, product_id, quantity, price, payment_method,
  sale_id, sale_line_id, line_total, discount, tax, payment_methods,
  register_id, shop_id, employee_id, is_return, returned_sale_line_id, is_voided,
  source, source_updated_at, ingested_at, batch_id
)
SELECT
  line.timestamp, line.customer_id, line.product_id, line.quantity, line.price, line.payment_method,
  line.sale_id, line.sale_line_id, line.line_total, line.discount, line.tax, line.payment_methods,
  line.register_id, line.shop_id, line.employee_id, line.is_return, line.returned_sale_line_id, line.is_voided,
  line.source, line.source_updated_at, newest.committed_at AS ingested_at, line.batch_id
FROM `{{ params.replay_sales }}` AS line
JOIN (
  {% include "sale_versions/replay_newest.sql" %}
) AS newest
  ON newest.batch_id = line.batch_id
  AND newest.sale_id = line.sale_id
WHERE DATE(line.timestamp) BETWEEN @first_day AND @last_day;
