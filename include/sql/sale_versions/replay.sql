-- The table as a replay makes it, into a table of its own.
INSERT INTO `{{ params.shadow }}` (source, sale_id, version, completed_at, source_updated_at, read_at, batch_id)
SELECT source, sale_id, version, completed_at, source_updated_at, read_at, batch_id
FROM (
  {% include "sale_versions/replay_newest.sql" %}
);
