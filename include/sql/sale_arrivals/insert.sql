-- When this batch's recent sales became queryable; history that a backfill brings is not part of it.
INSERT INTO `{{ params.dataset }}.sale_arrivals` (
  source, sale_id, completed_at, source_updated_at, committed_at, stream, mode, batch_id
)
SELECT
  @source, incoming.sale_id, incoming.completed_at, incoming.source_updated_at, CURRENT_TIMESTAMP() AS committed_at,
  @stream, @mode, @batch_id
FROM `{{ params.staging_headers }}` AS incoming
WHERE incoming.completed_at >= TIMESTAMP_SUB(@extract_started_at, INTERVAL 2 DAY);
