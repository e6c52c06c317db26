-- One row a warning: it is told, and stops nothing.
SELECT 'No sale in the two days before as_of, and some in the two weeks before them.' AS sentence
FROM (
  SELECT
    COUNTIF(timestamp >= TIMESTAMP_SUB(TIMESTAMP(@as_of), INTERVAL 2 DAY)) AS latest,
    COUNTIF(timestamp < TIMESTAMP_SUB(TIMESTAMP(@as_of), INTERVAL 2 DAY)) AS earlier
  FROM `{{ params.dataset }}.sales`
  WHERE timestamp >= TIMESTAMP_SUB(TIMESTAMP(@as_of), INTERVAL 16 DAY) AND timestamp < TIMESTAMP(@as_of)
)
WHERE latest = 0 AND earlier > 0;
