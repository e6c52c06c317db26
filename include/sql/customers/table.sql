CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.customers` (
  customer_id STRING NOT NULL OPTIONS (description = "Lightspeed's id of the customer; with source the key of this table."),
  first_name STRING OPTIONS (description = "First name."),
  last_name STRING OPTIONS (description = "Last name."),
  email STRING OPTIONS (description = "Primary e-mail address as Lightspeed has it."),
  phone STRING OPTIONS (description = "First phone number as Lightspeed has it."),
  company STRING OPTIONS (description = "Company name."),
  accepts_email BOOL OPTIONS (description = "FALSE when the customer opted out of e-mail in Lightspeed."),
  date_of_birth DATE OPTIONS (description = "Date of birth."),
  instagram STRING OPTIONS (description = "Instagram user name or id, as recorded at the customer in a custom field or as website; NULL if none is."),
  facebook STRING OPTIONS (description = "Facebook user name or id, likewise."),
  is_archived BOOL NOT NULL OPTIONS (description = "TRUE when archived, deleted or anonymised in Lightspeed."),
  created_at TIMESTAMP OPTIONS (description = "When the customer was created in Lightspeed, UTC."),
  source STRING NOT NULL OPTIONS (description = "API series: r_series or x_series."),
  source_updated_at TIMESTAMP OPTIONS (description = "When Lightspeed last changed the customer, UTC."),
  ingested_at TIMESTAMP NOT NULL OPTIONS (description = "When the row was committed here, UTC."),
  batch_id STRING NOT NULL OPTIONS (description = "Batch that brought the row; see ingest_batches.")
)
CLUSTER BY customer_id
OPTIONS (description = "One row a customer in Lightspeed, as last seen.");
