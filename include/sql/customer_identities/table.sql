CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.customer_identities` (
  identity_kind STRING NOT NULL OPTIONS (description = "email, ga4_user_id, ga4_user_pseudo_id, instagram or facebook."),
  identity STRING NOT NULL OPTIONS (description = "The address, id or handle, normalised; with identity_kind the key of this table."),
  customer_id STRING OPTIONS (description = "Lightspeed's id of the customer whose it is, from first_seen_at until ambiguous_from; NULL where it never named one customer alone."),
  source STRING NOT NULL OPTIONS (description = "Where the evidence comes from: lightspeed, ga4 or meta_webhook."),
  evidence STRING NOT NULL OPTIONS (description = "Why it is the customer's: address_in_lightspeed, user_id_is_customer_id, user_id_is_address, user_id_is_address_sha256, signed_in_on_browser, handle_in_lightspeed or handle_is_address. Never a name."),
  confidence FLOAT64 NOT NULL OPTIONS (description = "How far the evidence is trusted, 0 to 1: fixed by its kind, a judgement and not a measurement."),
  first_seen_at TIMESTAMP NOT NULL OPTIONS (description = "Since when the evidence is there, UTC: the customer's creation in Lightspeed or the first event that shows it; 1970 where Lightspeed does not say."),
  last_seen_at TIMESTAMP NOT NULL OPTIONS (description = "When the evidence was last seen, UTC."),
  ambiguous_from TIMESTAMP OPTIONS (description = "From then on it names a second person too and matches nobody, UTC; NULL while it is unambiguous.")
)
CLUSTER BY identity
OPTIONS (description = "One row an e-mail address, web or social identity with evidence of a customer. It matches where customer_id is not NULL and ambiguous_from is NULL.");
