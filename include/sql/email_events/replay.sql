-- The table as a replay makes it, into a table of its own: of each message what the newest batch brought.
INSERT INTO `{{ params.shadow }}` (
  event_at, mailbox, message_id, thread_id, direction, counterpart, reply_delay_seconds, source, ingested_at, batch_id
)
SELECT
  correspondence.event_at, correspondence.mailbox, correspondence.message_id, correspondence.thread_id,
  correspondence.direction, correspondence.counterpart,
  {% include "email_events/reply_delay.jinja" %} AS reply_delay_seconds,
  correspondence.source, correspondence.committed_at AS ingested_at, correspondence.batch_id
FROM (
  SELECT
    message.*,
    batches.committed_at,
    RANK() OVER (PARTITION BY message.mailbox, message.message_id ORDER BY batches.committed_at DESC) AS place
  FROM `{{ params.replay_email_events }}` AS message
  JOIN `{{ params.replay_batches }}` AS batches
    ON batches.batch_id = message.batch_id
) AS correspondence
WHERE correspondence.place = 1;
