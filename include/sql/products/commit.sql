-- One batch of products, its rejected records and its ledger row become visible together, or not at all.
BEGIN TRANSACTION;

{% include "ingest_locks/take.sql" %}

{% include "ingest_batches/insert.sql" %}

DELETE FROM `{{ params.dataset }}.products` AS target
WHERE target.source = @source
  AND target.product_id IN (SELECT incoming.product_id FROM `{{ params.staging_rows }}` AS incoming);

INSERT INTO `{{ params.dataset }}.products` (
  product_id, sku, description, brand, category_id, category, category_path, price, cost, is_archived, created_at,
  source, source_updated_at, ingested_at, batch_id
)
SELECT
  product_id, sku, description, brand, category_id, category, category_path, price, cost, is_archived, created_at,
  source, source_updated_at, ({% include "ingest_locks/locked_at.sql" %}) AS ingested_at, batch_id
FROM `{{ params.staging_rows }}`;

COMMIT TRANSACTION;
