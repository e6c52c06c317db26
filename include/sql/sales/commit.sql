-- One batch of sales, its rejected records and its ledger row become visible together, or not at all.
-- A sale is replaced whole: an edit may have removed a line or moved the sale to another day.
DECLARE first_day, last_day DATE;

-- Where the sales of this batch stand now: constant bounds let BigQuery prune the DELETE to those days.
SET first_day = (
  SELECT MIN(DATE(known.completed_at))
  FROM `{{ params.dataset }}.sale_versions` AS known
  JOIN `{{ params.staging_headers }}` AS incoming
    ON incoming.sale_id = known.sale_id
  WHERE known.source = @source
);
SET last_day = (
  SELECT MAX(DATE(known.completed_at))
  FROM `{{ params.dataset }}.sale_versions` AS known
  JOIN `{{ params.staging_headers }}` AS incoming
    ON incoming.sale_id = known.sale_id
  WHERE known.source = @source
);

BEGIN TRANSACTION;

{% include "ingest_batches/insert.sql" %}

{% include "sale_arrivals/insert.sql" %}

DELETE FROM `{{ params.dataset }}.sales` AS target
WHERE DATE(target.timestamp) BETWEEN first_day AND last_day
  AND target.source = @source
  AND target.sale_id IN (SELECT incoming.sale_id FROM `{{ params.staging_headers }}` AS incoming);

INSERT INTO `{{ params.dataset }}.sales` (
  timestamp, customer_id, product_id, quantity, price, payment_method,
  sale_id, sale_line_id, line_total, discount, tax, payment_methods,
  register_id, shop_id, employee_id, is_return, returned_sale_line_id, is_voided,
  source, source_updated_at, ingested_at, batch_id
)
SELECT
  timestamp, customer_id, product_id, quantity, price, payment_method,
  sale_id, sale_line_id, line_total, discount, tax, payment_methods,
  register_id, shop_id, employee_id, is_return, returned_sale_line_id, is_voided,
  source, source_updated_at, CURRENT_TIMESTAMP() AS ingested_at, batch_id
FROM `{{ params.staging_rows }}`;

DELETE FROM `{{ params.dataset }}.sale_versions` AS known
WHERE known.source = @source
  AND known.sale_id IN (SELECT incoming.sale_id FROM `{{ params.staging_headers }}` AS incoming);

INSERT INTO `{{ params.dataset }}.sale_versions` (source, sale_id, completed_at, source_updated_at, batch_id)
SELECT @source, sale_id, completed_at, source_updated_at, @batch_id
FROM `{{ params.staging_headers }}`;

COMMIT TRANSACTION;
