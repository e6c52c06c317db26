-- An objection is recorded, or withdrawn; one to profiling takes effect on all that is published.
BEGIN TRANSACTION;

DELETE FROM `{{ params.dataset }}.customer_objections`
WHERE customer_id = @customer_id
  AND purpose = @purpose;

INSERT INTO `{{ params.dataset }}.customer_objections` (customer_id, purpose, objected_at)
SELECT @customer_id, @purpose, @recorded_at
FROM (SELECT 1)
WHERE NOT @is_withdrawn;

DELETE FROM `{{ params.dataset }}.customer_predictions`
WHERE customer_id = @customer_id
  AND as_of >= DATE '1970-01-01'
  AND @purpose = 'profiling'
  AND NOT @is_withdrawn;

UPDATE `{{ params.dataset }}.customer_profiles_v1`
SET
  next_purchase_date = NULL,
  next_purchase_date_earliest = NULL,
  next_purchase_date_latest = NULL,
  next_purchase_date_reason = 'The customer objected to profiling.',
  likely_products = NULL,
  likely_products_reason = 'The customer objected to profiling.',
  churn_risk = NULL,
  churn_risk_band = NULL,
  churn_risk_reason = 'The customer objected to profiling.',
  churn_driver_1 = NULL,
  churn_driver_2 = NULL,
  churn_driver_3 = NULL,
  expected_spend_365 = NULL,
  expected_spend_365_low = NULL,
  expected_spend_365_high = NULL,
  expected_spend_365_reason = 'The customer objected to profiling.',
  rfm_recency = NULL,
  rfm_frequency = NULL,
  rfm_money = NULL,
  rfm_segment = NULL
WHERE customer_id = @customer_id
  AND as_of >= DATE '1970-01-01'
  AND @purpose = 'profiling'
  AND NOT @is_withdrawn;

COMMIT TRANSACTION;
