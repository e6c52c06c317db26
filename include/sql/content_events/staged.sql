-- How many rows a batch has staged.
SELECT COUNT(*) AS staged
FROM `{{ params.staging_rows }}`;
