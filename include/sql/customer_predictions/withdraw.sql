-- Before predictions are published: those of the forgotten go, and those who object to profiling get none.
DELETE FROM `{{ params.staging_predictions }}`
WHERE TO_HEX(SHA256(CONCAT(@forget_key, customer_id))) IN (
  {% include "forgotten_customers/known.sql" %}
);

DELETE FROM `{{ params.dataset }}.customer_features`
WHERE snapshot_date = @as_of
  AND TO_HEX(SHA256(CONCAT(@forget_key, customer_id))) IN (
    {% include "forgotten_customers/known.sql" %}
  );

UPDATE `{{ params.staging_predictions }}`
SET
  method = 'withheld',
  reason = 'The customer objected to profiling.',
  churn_reason = NULL,
  next_purchase_reason = NULL,
  churn_probability = NULL,
  days_to_next = NULL,
  days_to_next_low = NULL,
  days_to_next_high = NULL,
  next_purchase_date = NULL,
  next_purchase_date_earliest = NULL,
  next_purchase_date_latest = NULL,
  likely_products = NULL,
  churn_driver_1 = NULL,
  churn_driver_2 = NULL,
  churn_driver_3 = NULL,
  expected_spend_365 = NULL,
  expected_spend_365_low = NULL,
  expected_spend_365_high = NULL
WHERE customer_id IN (
  SELECT objecting.customer_id
  FROM `{{ params.dataset }}.customer_objections` AS objecting
  WHERE objecting.purpose = 'profiling'
);
