CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.social_events` (
  event_at TIMESTAMP NOT NULL OPTIONS (description = "When the event happened according to the webhook, UTC."),
  event_id STRING NOT NULL OPTIONS (description = "Meta's id of the comment or message, else a hash of what the webhook says of the event; the key of this table."),
  platform STRING NOT NULL OPTIONS (description = "instagram or facebook."),
  event_type STRING NOT NULL OPTIONS (description = "What happened: comment, mention, message, reaction and others, as named by the webhook."),
  account_id STRING NOT NULL OPTIONS (description = "Meta's id of the shop's account or page."),
  handle STRING OPTIONS (description = "Who did it, as the webhook has it: the platform's user id, or the user name where there is no id; NULL where the webhook names nobody."),
  object_id STRING OPTIONS (description = "Meta's id of the post, media or conversation that it was about."),
  signature_checked BOOL NOT NULL OPTIONS (description = "TRUE when the webhook carried a signature and it was right; FALSE when it carried none or no secret is configured."),
  source STRING NOT NULL OPTIONS (description = "Where the row came from: meta_webhook."),
  ingested_at TIMESTAMP NOT NULL OPTIONS (description = "When the row was committed here, UTC."),
  batch_id STRING NOT NULL OPTIONS (description = "Batch that brought the row; see ingest_batches.")
)
PARTITION BY DATE(event_at)
CLUSTER BY handle
OPTIONS (description = "One row an event that Instagram or Facebook told the shop of; no text is kept.");
