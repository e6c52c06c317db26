CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.forgotten_customers` (
  customer_sha256 STRING NOT NULL OPTIONS (description = "SHA-256 of FORGET_KEY and Lightspeed's customer id in lower-case hexadecimal: says who was forgotten to those alone who have the key."),
  forgotten_at TIMESTAMP NOT NULL OPTIONS (description = "When the customer was forgotten, UTC."),
  source STRING OPTIONS (description = "API series of the customer: r_series or x_series."),
  reason STRING OPTIONS (description = "customer_request, lightspeed_anonymised, retention or other."),
  key_id STRING NOT NULL OPTIONS (description = "Which FORGET_KEY the hash was made with; of rows of another key ingestion says that the key is wrong, and stops.")
)
CLUSTER BY customer_sha256
OPTIONS (description = "One row a customer who was forgotten on request: ingestion takes them out of what it reads, the profile API answers 410 Gone for them, and lists leave them out.");
