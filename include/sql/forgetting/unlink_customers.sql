-- The rows of everybody who was forgotten stay without them: lines and amounts are the shop's.
UPDATE `{{ params.held }}` AS held
SET {{ params.person_column }} = NULL
WHERE TO_HEX(SHA256(CONCAT(@forget_key, held.{{ params.person_column }}))) IN (
  {% include "forgotten_customers/known.sql" %}
);
