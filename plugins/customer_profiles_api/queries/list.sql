-- A page of the newest profiles, those who spent most first; a filter that is NULL lets everybody through.
-- Who is not to be contacted is on no list, unless it is asked for with @include_opted_out.
SELECT *
FROM `{{ params.dataset }}.customer_profiles`
WHERE (@churn_risk_band IS NULL OR churn_risk_band = @churn_risk_band)
  AND (@segment IS NULL OR rfm_segment = @segment)
  AND (@expected_from IS NULL OR next_purchase_date >= @expected_from)
  AND (@expected_to IS NULL OR next_purchase_date <= @expected_to)
  AND (
    @category IS NULL
    OR EXISTS (SELECT 1 FROM UNNEST(favorite_categories) AS favorite WHERE favorite.category = @category)
  )
  AND (
    @after_customer_id IS NULL
    OR COALESCE(total_spent, 0) < @after_spent
    OR (COALESCE(total_spent, 0) = @after_spent AND customer_id > @after_customer_id)
  )
  AND (
    @include_opted_out
    OR customer_id NOT IN (SELECT opted_out.customer_id FROM `{{ params.dataset }}.opted_out_customers` AS opted_out)
  )
  AND TO_HEX(SHA256(CONCAT(@forget_key, customer_id))) NOT IN (
    SELECT customer_sha256
    FROM `{{ params.dataset }}.forgotten_customers`
  )
ORDER BY COALESCE(total_spent, 0) DESC, customer_id
LIMIT @row_limit
