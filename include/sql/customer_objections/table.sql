CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.customer_objections` (
  customer_id STRING NOT NULL OPTIONS (description = "Lightspeed's customer id."),
  purpose STRING NOT NULL OPTIONS (description = "contact: on no list of people to contact; profiling: no predictions. With customer_id the key of this table."),
  objected_at TIMESTAMP NOT NULL OPTIONS (description = "When the objection was recorded, UTC.")
)
CLUSTER BY customer_id
OPTIONS (description = "One row an objection that stands, recorded by the DAG record_objection. Objections to e-mail that Lightspeed knows of are in customers.accepts_email.");
