-- A regular customer whose three predictions are all there, and who is known in every source.
SELECT customer_id
FROM `{{ params.dataset }}.customer_profiles`
WHERE next_purchase_date IS NOT NULL
  AND churn_risk IS NOT NULL
  AND ARRAY_LENGTH(likely_products) > 0
  AND email_status = 'connected'
  AND content_status = 'connected'
  AND social_status = 'connected'
ORDER BY purchases DESC, customer_id
LIMIT 1;
