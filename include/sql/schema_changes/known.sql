-- Departures of a stream that were seen before.
SELECT path, kind
FROM `{{ params.dataset }}.schema_changes`
WHERE source = @source
  AND stream = @stream;
