-- What came of the sources of engagement: one row.
SELECT
  (SELECT COUNT(*) FROM `{{ params.dataset }}.email_events`) AS email_events,
  (SELECT COUNT(*) FROM `{{ params.dataset }}.content_events`) AS content_events,
  (SELECT COUNT(*) FROM `{{ params.dataset }}.social_events`) AS social_events;
