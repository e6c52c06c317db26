CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.forgotten_customers` (
  customer_sha256 STRING NOT NULL OPTIONS (description = "SHA-256 of Lightspeed's customer id in lower-case hexadecimal: says who was forgotten without naming them."),
  forgotten_at TIMESTAMP NOT NULL OPTIONS (description = "When the customer was forgotten, UTC.")
)
CLUSTER BY customer_sha256
OPTIONS (description = "One row a customer who was forgotten on request: the profile API answers 410 Gone for them, and lists leave them out.");
