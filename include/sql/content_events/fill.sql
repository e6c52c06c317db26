-- One table of the GA4 export into a batch's staging table. GA4 gives events no id: all that tells them apart is hashed.
-- Only columns that exports of every age have are named. The query string of a page, in which tokens and addresses
-- travel, is cut here: it never leaves the export.
INSERT INTO `{{ params.staging_rows }}` (
  event_at, event_id, event_name, user_pseudo_id, user_id, session_id, page_location, page_path, content_category,
  engagement_time_seconds, traffic_source, traffic_medium, export_table_day, is_intraday, batch_id
)
SELECT
  event_at, event_id, event_name, user_pseudo_id, user_id, session_id, page_location, page_path,
  COALESCE(content_group, REGEXP_EXTRACT(page_path, r'^/([^/]+)')) AS content_category,
  engagement_time_seconds, traffic_source, traffic_medium, @export_table_day, @is_intraday, @batch_id
FROM (
  SELECT
    event_at, event_id, event_name, user_pseudo_id, user_id, session_id, content_group, page_location,
    IF(page_location IS NULL, NULL,
      COALESCE(REGEXP_EXTRACT(page_location, r'^[A-Za-z][A-Za-z0-9+.-]*://[^/]*(/.*)$'), '/')) AS page_path,
    engagement_time_seconds, traffic_source, traffic_medium,
    ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY event_at) AS copy
  FROM (
    SELECT
      TIMESTAMP_MICROS(exported.event_timestamp) AS event_at,
      TO_HEX(MD5(TO_JSON_STRING(STRUCT(
        exported.event_timestamp, exported.event_name, exported.user_pseudo_id, exported.user_id,
        exported.event_bundle_sequence_id, exported.event_params
      )))) AS event_id,
      exported.event_name,
      NULLIF(exported.user_pseudo_id, '') AS user_pseudo_id,
      NULLIF(exported.user_id, '') AS user_id,
      (SELECT MAX(param.value.int_value) FROM UNNEST(exported.event_params) AS param
        WHERE param.key = 'ga_session_id') AS session_id,
      (SELECT MAX(REGEXP_EXTRACT(param.value.string_value, r'^[^?#]*'))
        FROM UNNEST(exported.event_params) AS param WHERE param.key = 'page_location') AS page_location,
      (SELECT MAX(NULLIF(param.value.string_value, '')) FROM UNNEST(exported.event_params) AS param
        WHERE param.key = 'content_group') AS content_group,
      (SELECT MAX(param.value.int_value) / 1000 FROM UNNEST(exported.event_params) AS param
        WHERE param.key = 'engagement_time_msec') AS engagement_time_seconds,
      COALESCE(
        (SELECT MAX(param.value.string_value) FROM UNNEST(exported.event_params) AS param WHERE param.key = 'source'),
        exported.traffic_source.source
      ) AS traffic_source,
      COALESCE(
        (SELECT MAX(param.value.string_value) FROM UNNEST(exported.event_params) AS param WHERE param.key = 'medium'),
        exported.traffic_source.medium
      ) AS traffic_medium
    FROM `{{ params.export_table }}` AS exported
  )
)
WHERE copy = 1;
