CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.forget_proofs` (
  case_id STRING NOT NULL OPTIONS (description = "Which request: a keyed hash of the customer."),
  started_at TIMESTAMP NOT NULL OPTIONS (description = "When the request was first worked on, UTC; with case_id it names one request."),
  source STRING NOT NULL OPTIONS (description = "API series of the customer: r_series or x_series."),
  reason STRING NOT NULL OPTIONS (description = "customer_request, lightspeed_anonymised, retention or other."),
  phase STRING NOT NULL OPTIONS (description = "before: what was there; after: what a scan of everything found afterwards."),
  store STRING NOT NULL OPTIONS (description = "table or objects."),
  name STRING NOT NULL OPTIONS (description = "Name of the table, or folder of the landing bucket."),
  examined INT64 NOT NULL OPTIONS (description = "Rows or objects that were searched through."),
  found INT64 NOT NULL OPTIONS (description = "Those of them that name the person in any column, or any part; 0 after a successful run."),
  identity_sha256 ARRAY<STRING> OPTIONS (description = "Hashes (with FORGET_KEY) of what was searched for: the customer's id, addresses, numbers and name."),
  kept_identities INT64 NOT NULL OPTIONS (description = "Addresses, numbers or names of the person that another customer has too: they were not searched for."),
  checked_at TIMESTAMP NOT NULL OPTIONS (description = "When the search began, UTC."),
  key_id STRING NOT NULL OPTIONS (description = "Which FORGET_KEY the hashes were made with.")
)
PARTITION BY DATE(checked_at)
CLUSTER BY case_id
OPTIONS (description = "The proof that a person was forgotten: what was found where before, and a search of every table and object that finds nothing after. Names nobody.");
