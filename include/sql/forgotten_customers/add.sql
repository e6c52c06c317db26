-- From here on the customer is forgotten: no batch that commits later brings them in.
BEGIN TRANSACTION;

-- All locks, so that of this and a batch's commit BigQuery lets one pass.
UPDATE `{{ params.dataset }}.ingest_locks`
SET locked_at = locked_at
WHERE TRUE;

INSERT INTO `{{ params.dataset }}.forgotten_customers` (customer_sha256, forgotten_at, source, reason, key_id)
SELECT @customer_sha256, CURRENT_TIMESTAMP(), @source, @reason, @forget_key_id
FROM (SELECT 1)
WHERE NOT EXISTS (
  SELECT 1
  FROM `{{ params.dataset }}.forgotten_customers` AS known
  WHERE known.customer_sha256 = @customer_sha256
);

INSERT INTO `{{ params.dataset }}.forgotten_identities` (identity_kind, identity_sha256, forgotten_at, key_id)
SELECT @identity_kinds[OFFSET(place)], given, CURRENT_TIMESTAMP(), @forget_key_id
FROM UNNEST(@identity_sha256) AS given WITH OFFSET AS place
WHERE NOT EXISTS (
  SELECT 1
  FROM `{{ params.dataset }}.forgotten_identities` AS known
  WHERE known.identity_sha256 = given
);

COMMIT TRANSACTION;
