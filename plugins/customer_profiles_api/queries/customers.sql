-- The newest profiles of the customers asked for, one row each: unknown ones and forgotten ones too.
WITH version AS (
  {% include 'version.sql' %}
)

SELECT
  asked.customer_id AS asked_id,
  version.profile_version,
  forgotten.customer_sha256 IS NOT NULL AS is_forgotten,
  profile.*
FROM (SELECT DISTINCT customer_id FROM UNNEST(@customer_ids) AS customer_id) AS asked
CROSS JOIN version
LEFT JOIN (
  SELECT *
  FROM `{{ params.dataset }}.customer_profiles`
  WHERE customer_id IN UNNEST(@customer_ids)
) AS profile
  ON profile.customer_id = asked.customer_id
LEFT JOIN `{{ params.dataset }}.forgotten_customers` AS forgotten
  ON forgotten.customer_sha256 = TO_HEX(SHA256(CONCAT(@forget_key, asked.customer_id)))
