-- Breakers of the profiles of as_of; publish.sql runs them before it commits, so that what breaks one is never seen.
ASSERT NOT EXISTS (
  SELECT customer_id
  FROM `{{ params.dataset }}.customer_profiles_v1`
  WHERE as_of = @as_of
  GROUP BY customer_id
  HAVING COUNT(*) > 1
) AS 'Check failed: customer_profiles_v1 has a customer twice at as_of.';

ASSERT (SELECT COUNT(*) FROM `{{ params.dataset }}.customer_profiles_v1` WHERE as_of = @as_of) = (
  SELECT COUNT(*) FROM `{{ params.dataset }}.customer_predictions` WHERE as_of = @as_of
) AS 'Check failed: customer_profiles_v1 has not one profile for each prediction of as_of.';

ASSERT NOT EXISTS (
  SELECT customer_id
  FROM `{{ params.dataset }}.customer_profiles_v1`
  WHERE as_of = @as_of
    AND (
      (churn_risk IS NULL) != (churn_risk_reason IS NOT NULL)
      OR (next_purchase_date IS NULL) != (next_purchase_date_reason IS NOT NULL)
    )
) AS 'Check failed: customer_profiles_v1 lacks a prediction without a reason, or has both.';
