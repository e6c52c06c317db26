-- What the demo has made: one row.
SELECT
  (SELECT COUNT(*) FROM `{{ params.dataset }}.sales`) AS sale_lines,
  (SELECT COUNT(*) FROM `{{ params.dataset }}.customers`) AS customers,
  (SELECT COUNT(*) FROM `{{ params.dataset }}.customer_profiles`) AS profiles;
