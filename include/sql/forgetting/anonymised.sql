-- Customers whom Lightspeed itself has anonymised (R-Series: named "Customer [70]" and archived) or deleted (X-Series).
SELECT source, customer_id
FROM `{{ params.dataset }}.customers`
WHERE is_archived
  AND (
    source = 'x_series'
    OR (source = 'r_series' AND first_name = 'Customer' AND REGEXP_CONTAINS(last_name, r'^\[[0-9]+\]$'))
  )
ORDER BY source, customer_id;
