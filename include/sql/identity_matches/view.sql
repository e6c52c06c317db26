{% from "customer_identities/normalise.jinja" import address, handle, user_id -%}
CREATE OR REPLACE VIEW `{{ params.dataset }}.identity_matches` (
  identity_kind OPTIONS (description = "email, ga4_user_id, ga4_user_pseudo_id, instagram or facebook."),
  outcome OPTIONS (description = "matched: to one customer; ambiguous: it names several people, so it is left out of every profile; unmatched: there is no evidence whose it is."),
  identities OPTIONS (description = "Different addresses, ids or handles in the events."),
  events OPTIONS (description = "E-mails, web events or social events that came with them.")
)
OPTIONS (description = "How much of the e-mails, web visits and social activity could be tied to customers, one row a kind of identity and outcome.")
AS
WITH seen AS (
  SELECT 'email' AS identity_kind, COALESCE({{ address("counterpart") }}, counterpart) AS identity
  FROM `{{ params.dataset }}.email_events`
  UNION ALL
  SELECT
    IF({{ user_id("user_id") }} IS NULL, 'ga4_user_pseudo_id', 'ga4_user_id'),
    COALESCE({{ user_id("user_id") }}, user_pseudo_id)
  FROM `{{ params.dataset }}.content_events`
  UNION ALL
  SELECT platform, {{ handle("handle", "platform") }}
  FROM `{{ params.dataset }}.social_events`
),

counted AS (
  SELECT identity_kind, identity, COUNT(*) AS events
  FROM seen
  GROUP BY identity_kind, identity
)

SELECT
  counted.identity_kind,
  CASE
    WHEN known.ambiguous_from IS NOT NULL THEN 'ambiguous'
    WHEN known.customer_id IS NOT NULL THEN 'matched'
    ELSE 'unmatched'
  END AS outcome,
  COUNT(counted.identity) AS identities,
  SUM(counted.events) AS events
FROM counted
LEFT JOIN `{{ params.dataset }}.customer_identities` AS known
  ON known.identity_kind = counted.identity_kind AND known.identity = counted.identity
GROUP BY 1, 2;
