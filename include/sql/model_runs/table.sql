CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.model_runs` (
  model_version STRING NOT NULL OPTIONS (description = "as_of and a digest of the model files: the same sales and settings give the same version."),
  as_of DATE NOT NULL OPTIONS (description = "The models know the sales before 00:00 UTC of this day and none after."),
  horizon_days INT64 NOT NULL OPTIONS (description = "Days that the churn model looks ahead."),
  trained_at TIMESTAMP NOT NULL OPTIONS (description = "When the training ended, UTC."),
  training_rows INT64 NOT NULL OPTIONS (description = "Customer snapshots that the models learned from."),
  training_customers INT64 NOT NULL OPTIONS (description = "Customers among them."),
  first_snapshot DATE OPTIONS (description = "Oldest training snapshot; NULL if there was none."),
  last_snapshot DATE OPTIONS (description = "Newest training snapshot; NULL if there was none."),
  churn_model STRING NOT NULL OPTIONS (description = "The churn model that serves: weights of its parts."),
  next_purchase_model STRING NOT NULL OPTIONS (description = "The next purchase model that serves: weights of its parts."),
  likely_products_model STRING NOT NULL OPTIONS (description = "The product ranking that serves."),
  metrics ARRAY<STRUCT<prediction STRING OPTIONS (description = "churn, next_purchase or likely_products."), model STRING OPTIONS (description = "The model or baseline measured."), metric STRING OPTIONS (description = "Name of the metric, such as log_loss."), value FLOAT64 OPTIONS (description = "Its value.")>> OPTIONS (description = "Figures of the backtest inside the history, champion and challengers."),
  artifact_uri STRING OPTIONS (description = "Cloud Storage folder of the model files.")
)
PARTITION BY as_of
OPTIONS (description = "One row a training run: what was learned from which sales, how good it was, what serves.");
