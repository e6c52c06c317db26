-- Everybody who was forgotten, and what other sources knew them by; a few rows.
SELECT customer_sha256 AS sha256, key_id, TRUE AS is_customer
FROM `{{ params.dataset }}.forgotten_customers`
UNION ALL
SELECT identity_sha256, key_id, FALSE
FROM `{{ params.dataset }}.forgotten_identities`;
