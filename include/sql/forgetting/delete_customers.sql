-- The rows of everybody who was forgotten go, whichever table it is.
DELETE FROM `{{ params.held }}` AS held
WHERE TO_HEX(SHA256(CONCAT(@forget_key, held.{{ params.person_column }}))) IN (
  {% include "forgotten_customers/known.sql" %}
);
