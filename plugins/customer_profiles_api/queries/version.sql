-- One text that changes when profiles are published or a customer is forgotten.
SELECT
  FORMAT(
    '%t %t %t %t %t',
    MAX(as_of), MAX(model_version), MAX(sales_watermark), COUNT(*),
    (SELECT COUNT(*) FROM `{{ params.dataset }}.forgotten_customers`)
  ) AS profile_version
FROM `{{ params.dataset }}.customer_profiles`
