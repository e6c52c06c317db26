CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.content_events` (
  event_at TIMESTAMP NOT NULL OPTIONS (description = "When the event was logged, UTC."),
  event_id STRING NOT NULL OPTIONS (description = "Hash of what tells one event of the GA4 export from another; the key of this table."),
  event_name STRING NOT NULL OPTIONS (description = "GA4's name of the event, such as page_view."),
  user_pseudo_id STRING OPTIONS (description = "GA4's id of the browser or app; NULL without consent to analytics storage."),
  user_id STRING OPTIONS (description = "Id that the shop's site set for a signed-in visitor; NULL for others."),
  session_id INT64 OPTIONS (description = "GA4's ga_session_id: with user_pseudo_id one session."),
  page_location STRING OPTIONS (description = "Address of the page, cut before the query string and the fragment."),
  page_path STRING OPTIONS (description = "Path within page_location, beginning with a slash."),
  content_category STRING OPTIONS (description = "GA4's content_group where the site sets it, else the first part of page_path; NULL for the home page."),
  engagement_time_seconds FLOAT64 OPTIONS (description = "Seconds that the page was in the foreground before this event; NULL where GA4 measured none."),
  traffic_source STRING OPTIONS (description = "Where the visitor came from: the source that the event collected, else the one that first brought the visitor."),
  traffic_medium STRING OPTIONS (description = "Medium that belongs to traffic_source, such as organic or email."),
  export_table_day DATE NOT NULL OPTIONS (description = "Day of the export table that the row came from, in the GA4 property's time zone."),
  is_intraday BOOL NOT NULL OPTIONS (description = "TRUE when the row came from the unfinished day's table; the finished day's table replaces it."),
  ingested_at TIMESTAMP NOT NULL OPTIONS (description = "When the row was committed here, UTC."),
  batch_id STRING NOT NULL OPTIONS (description = "Batch that brought the row; see ingest_batches.")
)
PARTITION BY DATE(event_at)
CLUSTER BY user_pseudo_id
OPTIONS (description = "One row an event of the GA4 export, replaced with its whole day when GA4 exports the day again.");
