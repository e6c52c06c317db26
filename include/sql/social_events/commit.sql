-- One batch of social events, its rejected records and its ledger row become visible together, or not at all.
-- Meta sends a webhook again when it is unsure: an event that is there already stays as it is.
BEGIN TRANSACTION;

{% include "ingest_locks/take.sql" %}

{% include "ingest_batches/insert.sql" %}

{% include "ingest_batches/whole.sql" %}

INSERT INTO `{{ params.dataset }}.social_events` (
  event_at, event_id, platform, event_type, account_id, handle, object_id, signature_checked, source, ingested_at,
  batch_id
)
SELECT
  incoming.event_at, incoming.event_id, incoming.platform, incoming.event_type, incoming.account_id, incoming.handle,
  incoming.object_id, incoming.signature_checked, incoming.source,
  ({% include "ingest_locks/locked_at.sql" %}) AS ingested_at, incoming.batch_id
FROM `{{ params.staging_rows }}` AS incoming
WHERE incoming.event_id NOT IN (SELECT known.event_id FROM `{{ params.dataset }}.social_events` AS known);

COMMIT TRANSACTION;
