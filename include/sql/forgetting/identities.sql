-- What other sources know a customer by; the table is there once they are connected.
SELECT identity_kind, identity
FROM `{{ params.held_identities }}`
WHERE customer_id = @customer_id;
