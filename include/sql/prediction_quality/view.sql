CREATE OR REPLACE VIEW `{{ params.dataset }}.prediction_quality` (
  as_of OPTIONS (description = "Day of the predictions."),
  graded_on OPTIONS (description = "Day on which they were graded: their horizon had passed."),
  customers OPTIONS (description = "Customers whose churn was predicted."),
  calibration_error OPTIONS (description = "Mean distance of predicted and observed churn over tenths of the customers."),
  calibration_limit OPTIONS (description = "Above this the calibration error has left its band: 0.02, and what chance gives with so few customers."),
  brier_score OPTIONS (description = "Mean squared error of the churn probability."),
  brier_score_of_base_rate OPTIONS (description = "The same of a forecaster who knew the shop's true rate and nothing else."),
  interval_coverage OPTIONS (description = "Share of next purchases that fell into their 80 % interval."),
  coverage_tolerance OPTIONS (description = "Further than this from 0.8 the coverage has left its band."),
  restricted_mae_days OPTIONS (description = "Mean error of the next purchase date, in days, within the horizon."),
  hit_rate_at_10 OPTIONS (description = "Share of next baskets with at least one of the ten likely products."),
  is_in_band OPTIONS (description = "Whether calibration error and coverage are both within their bands.")
)
OPTIONS (description = "How good past predictions were, one row an as_of; drift (psi) and tenths are in prediction_scorecard.")
AS
WITH figures AS (
  SELECT
    as_of,
    MAX(graded_on) AS graded_on,
    MAX(IF(metric = 'calibration_error', customers, NULL)) AS customers,
    MAX(IF(metric = 'calibration_error', observed, NULL)) AS calibration_error,
    MAX(IF(metric = 'brier', observed, NULL)) AS brier_score,
    MAX(IF(metric = 'brier', expected, NULL)) AS brier_score_of_base_rate,
    MAX(IF(metric = 'interval_coverage', observed, NULL)) AS interval_coverage,
    MAX(IF(metric = 'restricted_mae_days', observed, NULL)) AS restricted_mae_days,
    MAX(IF(metric = 'hit_rate_at_10', observed, NULL)) AS hit_rate_at_10
  FROM `{{ params.dataset }}.prediction_scorecard`
  WHERE metric <> 'psi'
  GROUP BY as_of
)

SELECT
  as_of,
  graded_on,
  customers,
  calibration_error,
  0.02 + 1.5 / SQRT(customers) AS calibration_limit,
  brier_score,
  brier_score_of_base_rate,
  interval_coverage,
  0.03 + 1 / SQRT(customers) AS coverage_tolerance,
  restricted_mae_days,
  hit_rate_at_10,
  calibration_error <= 0.02 + 1.5 / SQRT(customers)
    AND ABS(interval_coverage - 0.8) <= 0.03 + 1 / SQRT(customers) AS is_in_band
FROM figures;
