-- One row a training run; a repeated run of the same models replaces its row.
BEGIN TRANSACTION;

DELETE FROM `{{ params.dataset }}.model_runs`
WHERE as_of = @as_of AND model_version = @model_version;

INSERT INTO `{{ params.dataset }}.model_runs` (
  model_version, as_of, horizon_days, trained_at, training_rows, training_customers, first_snapshot, last_snapshot,
  churn_model, next_purchase_model, likely_products_model, metrics, artifact_uri
)
SELECT
  @model_version,
  @as_of,
  @horizon_days,
  @trained_at,
  @training_rows,
  @training_customers,
  @first_snapshot,
  @last_snapshot,
  @churn_model,
  @next_purchase_model,
  @likely_products_model,
  ARRAY(
    SELECT AS STRUCT
      JSON_VALUE(figure, '$.prediction') AS prediction,
      JSON_VALUE(figure, '$.model') AS model,
      JSON_VALUE(figure, '$.metric') AS metric,
      CAST(JSON_VALUE(figure, '$.value') AS FLOAT64) AS value
    FROM UNNEST(JSON_QUERY_ARRAY(@metrics)) AS figure
  ),
  @artifact_uri;

COMMIT TRANSACTION;
