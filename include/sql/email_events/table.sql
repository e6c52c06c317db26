CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.email_events` (
  event_at TIMESTAMP NOT NULL OPTIONS (description = "When Gmail received or sent the message (internalDate), UTC."),
  mailbox STRING NOT NULL OPTIONS (description = "Address of the shop's mailbox that holds the message, lower-cased."),
  message_id STRING NOT NULL OPTIONS (description = "Gmail's id of the message in this mailbox; with mailbox and counterpart the key of this table."),
  thread_id STRING NOT NULL OPTIONS (description = "Gmail's id of the conversation in this mailbox."),
  direction STRING NOT NULL OPTIONS (description = "from_customer: the counterpart wrote it; to_customer: the shop wrote it to the counterpart."),
  counterpart STRING NOT NULL OPTIONS (description = "Address of the other side as written in the header, lower-cased, without its display name."),
  reply_delay_seconds INT64 OPTIONS (description = "Seconds since the message of the other side that it answers; NULL unless that was the last one before it in the conversation, at most 30 days earlier."),
  source STRING NOT NULL OPTIONS (description = "Where the row came from: gmail."),
  ingested_at TIMESTAMP NOT NULL OPTIONS (description = "When the row was committed here, UTC."),
  batch_id STRING NOT NULL OPTIONS (description = "Batch that brought the row; see ingest_batches.")
)
PARTITION BY DATE(event_at)
CLUSTER BY counterpart
OPTIONS (description = "One row a message in the shop's mailboxes and address of the other side; no subject and no text is kept.");
