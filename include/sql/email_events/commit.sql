-- One batch of e-mails, its rejected records and its ledger row become visible together, or not at all.
DECLARE first_day, last_day DATE;

BEGIN TRANSACTION;

{% include "ingest_locks/take.sql" %}

{% include "ingest_batches/insert.sql" %}

{% include "ingest_batches/whole.sql" %}

-- Bounds without a table in them let BigQuery prune what follows; the time of a message never changes.
SET first_day = (SELECT MIN(DATE(event_at)) FROM `{{ params.staging_rows }}`);
SET last_day = (SELECT MAX(DATE(event_at)) FROM `{{ params.staging_rows }}`);

DELETE FROM `{{ params.dataset }}.email_events` AS target
WHERE DATE(target.event_at) BETWEEN first_day AND last_day
  AND CONCAT(target.mailbox, ' ', target.message_id) IN (
    SELECT CONCAT(incoming.mailbox, ' ', incoming.message_id)
    FROM `{{ params.staging_rows }}` AS incoming
  );

INSERT INTO `{{ params.dataset }}.email_events` (
  event_at, mailbox, message_id, thread_id, direction, counterpart, reply_delay_seconds, source, ingested_at, batch_id
)
SELECT
  event_at, mailbox, message_id, thread_id, direction, counterpart, reply_delay_seconds, source,
  ({% include "ingest_locks/locked_at.sql" %}) AS ingested_at, batch_id
FROM `{{ params.staging_rows }}`;

-- Messages come in any order, the newest first when a mailbox is read whole: whatever these stand next to is seen anew.
UPDATE `{{ params.dataset }}.email_events` AS target
SET reply_delay_seconds = answered.reply_delay_seconds
FROM (
  SELECT
    correspondence.mailbox, correspondence.message_id, correspondence.counterpart,
    {% include "email_events/reply_delay.jinja" %} AS reply_delay_seconds
  FROM `{{ params.dataset }}.email_events` AS correspondence
  WHERE DATE(correspondence.event_at)
    BETWEEN DATE_SUB(first_day, INTERVAL 31 DAY) AND DATE_ADD(last_day, INTERVAL 31 DAY)
    AND CONCAT(correspondence.mailbox, ' ', correspondence.thread_id) IN (
      SELECT CONCAT(incoming.mailbox, ' ', incoming.thread_id)
      FROM `{{ params.staging_rows }}` AS incoming
    )
) AS answered
WHERE DATE(target.event_at) BETWEEN first_day AND DATE_ADD(last_day, INTERVAL 31 DAY)
  AND target.mailbox = answered.mailbox
  AND target.message_id = answered.message_id
  AND target.counterpart = answered.counterpart;

COMMIT TRANSACTION;
