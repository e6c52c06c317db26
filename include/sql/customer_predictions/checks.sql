-- Breakers of the predictions of as_of, on their staging table: before anything is published.
ASSERT NOT EXISTS (
  SELECT customer_id
  FROM `{{ params.staging_predictions }}`
  GROUP BY customer_id
  HAVING COUNT(*) > 1
) AS 'Check failed: the new predictions have a customer twice.';

ASSERT (SELECT COUNT(*) FROM `{{ params.staging_predictions }}` WHERE as_of = @as_of) = (
  SELECT COUNT(*) FROM `{{ params.dataset }}.customer_features` WHERE snapshot_date = @as_of
) AS 'Check failed: the new predictions are not one for each customer with features at as_of.';

ASSERT NOT EXISTS (
  SELECT customer_id
  FROM `{{ params.staging_predictions }}`
  WHERE NOT churn_probability BETWEEN 0 AND 1
) AS 'Check failed: a new churn_probability is not between 0 and 1.';

ASSERT NOT EXISTS (
  SELECT customer_id
  FROM `{{ params.staging_predictions }}`
  WHERE days_to_next_low < 0 OR days_to_next_low > days_to_next OR days_to_next > days_to_next_high
) AS 'Check failed: a new next purchase lies outside of its own interval, or before as_of.';
