-- Departures that a batch saw, each unless it is there already; the arrays go side by side.
INSERT INTO `{{ params.dataset }}.schema_changes` (
  source, stream, path, kind, json_type, first_seen_at, batch_id
)
SELECT @source, @stream, path, @kinds[OFFSET(place)], NULLIF(@json_types[OFFSET(place)], ''), @first_seen_at, @batch_id
FROM UNNEST(@paths) AS path WITH OFFSET AS place
WHERE NOT EXISTS (
  SELECT 1
  FROM `{{ params.dataset }}.schema_changes` AS known
  WHERE known.source = @source
    AND known.stream = @stream
    AND known.path = path
    AND known.kind = @kinds[OFFSET(place)]
);
