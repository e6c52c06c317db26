-- What the customers' table knows a customer by.
SELECT first_name, last_name, email, phone
FROM `{{ params.dataset }}.customers`
WHERE customer_id = @customer_id;
