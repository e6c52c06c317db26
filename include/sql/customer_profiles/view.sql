CREATE VIEW IF NOT EXISTS `{{ params.dataset }}.customer_profiles`
OPTIONS (description = "The newest published profile of each customer: customer_profiles_v1 at its newest as_of.")
AS
SELECT *
FROM `{{ params.dataset }}.customer_profiles_v1`
WHERE as_of = (SELECT MAX(as_of) FROM `{{ params.dataset }}.customer_profiles_v1`);
