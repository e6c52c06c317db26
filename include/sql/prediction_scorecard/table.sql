CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.prediction_scorecard` (
  as_of DATE NOT NULL OPTIONS (description = "Day of the predictions that are graded; see customer_predictions."),
  graded_on DATE NOT NULL OPTIONS (description = "Day of the grading: sales before 00:00 UTC of it are the truth."),
  model_version STRING OPTIONS (description = "Key of model_runs; NULL where several versions are graded together."),
  horizon_days INT64 NOT NULL OPTIONS (description = "Days that the predictions looked ahead."),
  prediction STRING NOT NULL OPTIONS (description = "churn, next_purchase, likely_products, or the name of the feature or score whose drift is measured."),
  metric STRING NOT NULL OPTIONS (description = "calibration (a row a tenth), calibration_error, brier, interval_coverage, restricted_mae_days, hit_rate_at_10, or psi (drift)."),
  tenth INT64 OPTIONS (description = "Tenth of the customers by predicted churn probability, 1 the lowest; NULL for what is no calibration row."),
  customers INT64 NOT NULL OPTIONS (description = "Customers that the figure is about."),
  expected FLOAT64 OPTIONS (description = "What was predicted: the mean probability of the tenth, 0.8 for the interval, Brier score of the base rate; NULL otherwise."),
  observed FLOAT64 OPTIONS (description = "What happened; for psi the population stability index, below 0.1 no drift, above 0.25 a strong one.")
)
PARTITION BY as_of
OPTIONS (description = "Every past prediction graded against what happened since, once its horizon has passed, and the drift of features and scores.");
