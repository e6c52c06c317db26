CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.forgotten_identities` (
  identity_kind STRING NOT NULL OPTIONS (description = "email, phone, handle, ga4_user_id or ga4_user_pseudo_id."),
  identity_sha256 STRING NOT NULL OPTIONS (description = "SHA-256 of FORGET_KEY and the identity in lower case, in lower-case hexadecimal."),
  forgotten_at TIMESTAMP NOT NULL OPTIONS (description = "When its owner was forgotten, UTC."),
  key_id STRING NOT NULL OPTIONS (description = "Which FORGET_KEY the hash was made with; see forgotten_customers.")
)
CLUSTER BY identity_sha256
OPTIONS (description = "One row an address, handle or browser of a forgotten customer: rows of these are removed from e-mail, web and social events, also those that come later.");
