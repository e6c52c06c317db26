-- Whose an address, a GA4 id or a handle is, from all evidence there is. Made anew as a whole, or not at all.
-- Every row says from when until when it holds, so that features of a past date use what was known at that date.
{% from "customer_identities/normalise.jinja" import address, handle, user_id -%}
BEGIN TRANSACTION;

DELETE FROM `{{ params.dataset }}.customer_identities`
WHERE TRUE;

INSERT INTO `{{ params.dataset }}.customer_identities` (
  identity_kind, identity, customer_id, source, evidence, confidence, first_seen_at, last_seen_at, ambiguous_from
)
WITH people AS (
  SELECT
    customer_id,
    LOWER(TRIM(email)) AS written,
    {{ address("email") }} AS address,
    {{ handle("instagram", "'instagram'") }} AS instagram,
    {{ handle("facebook", "'facebook'") }} AS facebook,
    COALESCE(created_at, TIMESTAMP '1970-01-01 00:00:00+00') AS first_seen_at,
    COALESCE(source_updated_at, ingested_at) AS last_seen_at
  FROM `{{ params.dataset }}.customers`
  WHERE NOT is_archived
),

digests AS (
  SELECT DISTINCT customer_id, TO_HEX(SHA256(text)) AS digest, first_seen_at
  FROM people
  CROSS JOIN UNNEST([written, address]) AS text
  WHERE address IS NOT NULL
),

sign_ins AS (
  SELECT {{ user_id("user_id") }} AS user_id, user_pseudo_id, MIN(event_at) AS first_at, MAX(event_at) AS last_at
  FROM `{{ params.dataset }}.content_events`
  WHERE user_id IS NOT NULL
  GROUP BY 1, 2
),

user_ids AS (
  SELECT user_id, {{ address("user_id") }} AS address, MIN(first_at) AS first_at, MAX(last_at) AS last_at
  FROM sign_ins
  WHERE user_id IS NOT NULL
  GROUP BY user_id
),

written_handles AS (
  SELECT platform, {{ handle("handle", "platform") }} AS handle, {{ address("handle") }} AS address, event_at
  FROM `{{ params.dataset }}.social_events`
  WHERE STRPOS(handle, '@') > 1
),

claims AS (
  SELECT
    'email' AS identity_kind, address AS identity, customer_id, 'lightspeed' AS source,
    'address_in_lightspeed' AS evidence, 0.95 AS confidence, first_seen_at, last_seen_at
  FROM people
  WHERE address IS NOT NULL
  UNION ALL
  -- Whole numbers are R-Series' ids, and the ids of many another system: they are trusted less than UUIDs.
  SELECT
    'ga4_user_id', user_ids.user_id, people.customer_id, 'ga4',
    'user_id_is_customer_id', IF(REGEXP_CONTAINS(user_ids.user_id, r'^\d+$'), 0.8, 1.0),
    GREATEST(people.first_seen_at, user_ids.first_at), user_ids.last_at
  FROM user_ids
  JOIN people ON LOWER(people.customer_id) = user_ids.user_id
  UNION ALL
  SELECT
    'ga4_user_id', user_ids.user_id, people.customer_id, 'ga4',
    'user_id_is_address', 0.95, GREATEST(people.first_seen_at, user_ids.first_at), user_ids.last_at
  FROM user_ids
  JOIN people ON people.address = user_ids.address
  UNION ALL
  SELECT
    'ga4_user_id', user_ids.user_id, digests.customer_id, 'ga4',
    'user_id_is_address_sha256', 0.95, GREATEST(digests.first_seen_at, user_ids.first_at), user_ids.last_at
  FROM user_ids
  JOIN digests ON digests.digest = user_ids.user_id
  UNION ALL
  SELECT 'instagram', instagram, customer_id, 'lightspeed', 'handle_in_lightspeed', 0.9, first_seen_at, last_seen_at
  FROM people
  WHERE instagram IS NOT NULL
  UNION ALL
  SELECT 'facebook', facebook, customer_id, 'lightspeed', 'handle_in_lightspeed', 0.9, first_seen_at, last_seen_at
  FROM people
  WHERE facebook IS NOT NULL
  UNION ALL
  SELECT
    written_handles.platform, written_handles.handle, people.customer_id, 'meta_webhook',
    'handle_is_address', 0.95, GREATEST(people.first_seen_at, written_handles.event_at), written_handles.event_at
  FROM written_handles
  JOIN people ON people.address = written_handles.address
),

-- The strongest evidence of each customer for an identity.
candidates AS (
  SELECT
    identity_kind,
    identity,
    customer_id,
    ARRAY_AGG(source ORDER BY confidence DESC, evidence LIMIT 1)[OFFSET(0)] AS source,
    ARRAY_AGG(evidence ORDER BY confidence DESC, evidence LIMIT 1)[OFFSET(0)] AS evidence,
    MAX(confidence) AS confidence,
    MIN(first_seen_at) AS first_seen_at,
    MAX(last_seen_at) AS last_seen_at
  FROM claims
  GROUP BY identity_kind, identity, customer_id
),

in_order AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY identity_kind, identity ORDER BY first_seen_at, customer_id) AS place,
    LEAD(first_seen_at) OVER (PARTITION BY identity_kind, identity ORDER BY first_seen_at, customer_id) AS ambiguous_from
  FROM candidates
),

direct AS (
  SELECT
    *,
    IF(ambiguous_from <= first_seen_at, NULL, customer_id) AS matched_id
  FROM in_order
  WHERE place = 1
),

-- Who signed in on a browser; a user_id that belongs to no customer is a person too.
visitors AS (
  SELECT
    sign_ins.user_pseudo_id,
    COALESCE(direct.matched_id, CONCAT('user_id ', sign_ins.user_id)) AS person,
    MAX(direct.matched_id) AS matched_id,
    MIN(GREATEST(sign_ins.first_at, COALESCE(direct.first_seen_at, sign_ins.first_at))) AS first_seen_at,
    MAX(sign_ins.last_at) AS last_seen_at,
    MIN(direct.ambiguous_from) AS ambiguous_from
  FROM sign_ins
  LEFT JOIN direct ON direct.identity_kind = 'ga4_user_id' AND direct.identity = sign_ins.user_id
  WHERE sign_ins.user_pseudo_id IS NOT NULL AND sign_ins.user_id IS NOT NULL
  GROUP BY 1, 2
),

browsers_in_order AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY user_pseudo_id ORDER BY first_seen_at, person) AS place,
    LEAD(first_seen_at) OVER (PARTITION BY user_pseudo_id ORDER BY first_seen_at, person) AS second_at,
    COUNTIF(matched_id IS NOT NULL) OVER (PARTITION BY user_pseudo_id) AS customers
  FROM visitors
),

browsers AS (
  SELECT
    *,
    LEAST(COALESCE(second_at, ambiguous_from), COALESCE(ambiguous_from, second_at)) AS shared_from
  FROM browsers_in_order
  WHERE place = 1 AND customers > 0
)

SELECT
  identity_kind, identity, matched_id, source, evidence, confidence, first_seen_at, last_seen_at, ambiguous_from
FROM direct
UNION ALL
SELECT
  'ga4_user_pseudo_id', user_pseudo_id, IF(shared_from <= first_seen_at, NULL, matched_id), 'ga4',
  'signed_in_on_browser', 0.8, first_seen_at, last_seen_at, shared_from
FROM browsers;

COMMIT TRANSACTION;
