-- The table as a replay makes it, into a table of its own: of each customer what the newest batch brought.
INSERT INTO `{{ params.shadow }}` (
  customer_id, first_name, last_name, email, phone, company, accepts_email, date_of_birth, instagram, facebook,
  is_archived, created_at, source, source_updated_at, ingested_at, batch_id
)
SELECT
  customer_id, first_name, last_name, email, phone, company, accepts_email, date_of_birth, instagram, facebook,
  is_archived, created_at, source, source_updated_at, committed_at AS ingested_at, batch_id
FROM (
  SELECT
    known.*,
    batches.committed_at,
    ROW_NUMBER() OVER (PARTITION BY known.source, known.customer_id ORDER BY batches.committed_at DESC) AS place
  FROM `{{ params.replay_customers }}` AS known
  JOIN `{{ params.replay_batches }}` AS batches
    ON batches.batch_id = known.batch_id
)
WHERE place = 1;
