-- What is known of the sales of a batch: the days on which they stand, and those whose state is newer than the batch's.
-- Of two states with one version the one that was read later is the newer.
SELECT AS STRUCT
  IFNULL(ARRAY_AGG(DISTINCT DATE(known.completed_at) IGNORE NULLS), []) AS days,
  IFNULL(
    ARRAY_AGG(
      DISTINCT IF(
        incoming.version < known.version
          OR (incoming.version = known.version AND @extract_started_at < known.read_at),
        known.sale_id,
        NULL
      ) IGNORE NULLS
    ),
    []
  ) AS newer_sales
FROM `{{ params.dataset }}.sale_versions` AS known
JOIN `{{ params.staging_headers }}` AS incoming
  ON incoming.sale_id = known.sale_id
WHERE known.source = @source
