CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.schema_changes` (
  source STRING NOT NULL OPTIONS (description = "API series: r_series or x_series."),
  stream STRING NOT NULL OPTIONS (description = "sales, customers or products."),
  path STRING NOT NULL OPTIONS (description = "Field in the record, its parents parted by dots; lists add nothing."),
  kind STRING NOT NULL OPTIONS (description = "new_field: Lightspeed does not document it; missing_field: documented, but not there; changed_type: another JSON type than documented. With source, stream and path the key of this table."),
  json_type STRING OPTIONS (description = "JSON type that was seen first; NULL for a missing field. Values are never kept: they may be personal data."),
  first_seen_at TIMESTAMP NOT NULL OPTIONS (description = "When the extract that saw it first began to read, UTC."),
  batch_id STRING NOT NULL OPTIONS (description = "Batch that saw it first; see ingest_batches for its raw objects.")
)
CLUSTER BY source, stream
OPTIONS (description = "One row a departure of Lightspeed's records from its documentation, when it was first seen in the sample of records that is looked at. It stops nothing: what does not fit a table is in rejected_records.");
