-- The state last seen of some sales: what a sale that is gone is taken out by.
SELECT sale_id, version, source_updated_at
FROM `{{ params.dataset }}.sale_versions`
WHERE source = @source
  AND sale_id IN UNNEST(@sale_ids);
