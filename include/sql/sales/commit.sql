-- One batch of sales, its rejected records and its ledger row become visible together, or not at all.
-- A sale is replaced whole: an edit may have removed a line or moved the sale to another day. The sales of somebody
-- who was forgotten come in unlinked, whatever the extract knew.
DECLARE seen STRUCT<days ARRAY<DATE>, newer_sales ARRAY<STRING>>;
DECLARE first_day, last_day DATE;

BEGIN TRANSACTION;

{% include "ingest_locks/take.sql" %}

{% include "ingest_batches/insert.sql" %}

SET seen = (
  {% include "sale_versions/known.sql" %}
);

-- Bounds without a table in them let BigQuery prune the DELETE to the days on which these sales stand.
SET first_day = (SELECT MIN(day) FROM UNNEST(seen.days) AS day);
SET last_day = (SELECT MAX(day) FROM UNNEST(seen.days) AS day);

-- When recent sales became queryable; history that a backfill brings is not part of it.
INSERT INTO `{{ params.dataset }}.sale_arrivals` (
  source, sale_id, completed_at, source_updated_at, committed_at, stream, mode, batch_id
)
SELECT
  @source, incoming.sale_id, incoming.completed_at, incoming.source_updated_at,
  ({% include "ingest_locks/locked_at.sql" %}) AS committed_at, @stream, @mode, @batch_id
FROM `{{ params.staging_headers }}` AS incoming
WHERE incoming.completed_at >= TIMESTAMP_SUB(@extract_started_at, INTERVAL 2 DAY)
  AND incoming.sale_id NOT IN UNNEST(seen.newer_sales);

DELETE FROM `{{ params.dataset }}.sales` AS target
WHERE DATE(target.timestamp) BETWEEN first_day AND last_day
  AND DATE(target.timestamp) IN UNNEST(seen.days)
  AND target.source = @source
  AND target.sale_id IN (SELECT incoming.sale_id FROM `{{ params.staging_headers }}` AS incoming)
  AND target.sale_id NOT IN UNNEST(seen.newer_sales);

INSERT INTO `{{ params.dataset }}.sales` (
  timestamp, customer_id, product_id, quantity, price, payment_method,
  sale_id, sale_line_id, line_total, discount, tax, payment_methods,
  register_id, shop_id, employee_id, is_return, returned_sale_line_id, is_voided,
  source, source_updated_at, ingested_at, batch_id
)
SELECT
  timestamp,
  IF(
    TO_HEX(SHA256(CONCAT(@forget_key, customer_id))) IN (
      {% include "forgotten_customers/known.sql" %}
    ),
    NULL,
    customer_id
  ) AS customer_id,
  product_id, quantity, price, payment_method,
  sale_id, sale_line_id, line_total, discount, tax, payment_methods,
  register_id, shop_id, employee_id, is_return, returned_sale_line_id, is_voided,
  source, source_updated_at, ({% include "ingest_locks/locked_at.sql" %}) AS ingested_at, batch_id
FROM `{{ params.staging_rows }}`
WHERE sale_id NOT IN UNNEST(seen.newer_sales);

DELETE FROM `{{ params.dataset }}.sale_versions` AS target
WHERE target.source = @source
  AND target.sale_id IN (SELECT incoming.sale_id FROM `{{ params.staging_headers }}` AS incoming)
  AND target.sale_id NOT IN UNNEST(seen.newer_sales);

INSERT INTO `{{ params.dataset }}.sale_versions` (
  source, sale_id, version, completed_at, source_updated_at, read_at, batch_id
)
SELECT @source, sale_id, version, completed_at, source_updated_at, @extract_started_at, @batch_id
FROM `{{ params.staging_headers }}`
WHERE sale_id NOT IN UNNEST(seen.newer_sales);

COMMIT TRANSACTION;
