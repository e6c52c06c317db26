-- Everybody who was forgotten, for a statement that must not bring them back; with another key it would not know them.
SELECT
  IF(
    key_id = @forget_key_id,
    customer_sha256,
    ERROR('forgotten_customers has rows of another FORGET_KEY: set the key that they were made with.')
  ) AS customer_sha256
FROM `{{ params.dataset }}.forgotten_customers`
