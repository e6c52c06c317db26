-- Which of @values (lower case) another customer has too, who is not to be forgotten.
SELECT DISTINCT value
FROM UNNEST(@values) AS value
JOIN `{{ params.dataset }}.customers` AS other
  ON value IN (
    LOWER(TRIM(other.email)), LOWER(TRIM(other.phone)), LOWER(CONCAT(other.first_name, ' ', other.last_name))
  )
WHERE other.customer_id <> @customer_id;
