CREATE OR REPLACE VIEW `{{ params.dataset }}.opted_out_customers` (
  customer_id OPTIONS (description = "Lightspeed's customer id.")
)
OPTIONS (description = "Customers who are not to be contacted: they opted out of e-mail in Lightspeed (noEmail, do_not_email), or objected. Lists leave them out.")
AS
SELECT customer_id
FROM `{{ params.dataset }}.customers`
WHERE NOT accepts_email
UNION DISTINCT
SELECT customer_id
FROM `{{ params.dataset }}.customer_objections`
WHERE purpose = 'contact';
