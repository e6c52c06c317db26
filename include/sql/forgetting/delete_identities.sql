-- The rows of the addresses, handles and browsers of everybody who was forgotten go, whichever table it is.
{% from "forgetting/normalised.jinja" import normalised -%}
DELETE FROM `{{ params.held }}` AS held
WHERE TO_HEX(SHA256(CONCAT(@forget_key, {{ normalised("LTRIM(LOWER(TRIM(held." ~ params.person_column ~ ")), '@')") }}))) IN (
  SELECT identity_sha256
  FROM `{{ params.dataset }}.forgotten_identities`
);
