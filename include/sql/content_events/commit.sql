-- One batch of web events and its ledger row become visible together, or not at all. A day that GA4 has exported again,
-- or finished, is replaced whole: the batch's raw URIs name the days' tables.
DECLARE days ARRAY<DATE>;
DECLARE first_day, last_day DATE;

BEGIN TRANSACTION;

{% include "ingest_locks/take.sql" %}

{% include "ingest_batches/insert.sql" %}

{% include "ingest_batches/whole.sql" %}

SET days = ARRAY(
  SELECT PARSE_DATE('%Y%m%d', RIGHT(uri, 8)) AS day
  FROM UNNEST(@raw_uris) AS uri
  WHERE STARTS_WITH(uri, 'bq://')
);

-- A day of the property, whatever its time zone, lies within these days of UTC.
SET first_day = (SELECT DATE_SUB(MIN(day), INTERVAL 1 DAY) FROM UNNEST(days) AS day);
SET last_day = (SELECT DATE_ADD(MAX(day), INTERVAL 1 DAY) FROM UNNEST(days) AS day);

DELETE FROM `{{ params.dataset }}.content_events` AS target
WHERE DATE(target.event_at) BETWEEN first_day AND last_day
  AND target.export_table_day IN UNNEST(days);

INSERT INTO `{{ params.dataset }}.content_events` (
  event_at, event_id, event_name, user_pseudo_id, user_id, session_id, page_location, page_path, content_category,
  engagement_time_seconds, traffic_source, traffic_medium, export_table_day, is_intraday, ingested_at, batch_id
)
SELECT
  event_at, event_id, event_name, user_pseudo_id, user_id, session_id, page_location, page_path, content_category,
  engagement_time_seconds, traffic_source, traffic_medium, export_table_day, is_intraday,
  ({% include "ingest_locks/locked_at.sql" %}) AS ingested_at, batch_id
FROM `{{ params.staging_rows }}`;

COMMIT TRANSACTION;
