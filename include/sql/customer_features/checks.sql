-- Breakers of the features of as_of, before they are scored and published.
ASSERT NOT EXISTS (
  SELECT customer_id
  FROM `{{ params.dataset }}.customer_features`
  WHERE snapshot_date = @as_of
  GROUP BY customer_id
  HAVING COUNT(*) > 1
) AS 'Check failed: customer_features has a customer twice at as_of.';

ASSERT NOT EXISTS (
  SELECT customer_id
  FROM `{{ params.dataset }}.customer_features`
  WHERE snapshot_date = @as_of AND (recency_days < 1 OR tenure_days < recency_days OR purchases < 0)
) AS 'Check failed: customer_features knows a purchase at or after as_of, or counts that cannot be.';
