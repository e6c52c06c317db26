-- One batch of customers, its rejected records and its ledger row become visible together, or not at all.
-- Nobody who was forgotten is among them, whatever the extract knew.
BEGIN TRANSACTION;

{% include "ingest_locks/take.sql" %}

{% include "ingest_batches/insert.sql" %}

DELETE FROM `{{ params.dataset }}.customers` AS target
WHERE target.source = @source
  AND target.customer_id IN (SELECT incoming.customer_id FROM `{{ params.staging_rows }}` AS incoming);

INSERT INTO `{{ params.dataset }}.customers` (
  customer_id, first_name, last_name, email, phone, company, accepts_email, date_of_birth, instagram, facebook,
  is_archived, created_at, source, source_updated_at, ingested_at, batch_id
)
SELECT
  customer_id, first_name, last_name, email, phone, company, accepts_email, date_of_birth, instagram, facebook,
  is_archived, created_at, source, source_updated_at, ({% include "ingest_locks/locked_at.sql" %}) AS ingested_at, batch_id
FROM `{{ params.staging_rows }}`
WHERE TO_HEX(SHA256(CONCAT(@forget_key, customer_id))) NOT IN (
  {% include "forgotten_customers/known.sql" %}
);

COMMIT TRANSACTION;
