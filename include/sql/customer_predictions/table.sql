CREATE TABLE IF NOT EXISTS `{{ params.dataset }}.customer_predictions` (
  customer_id STRING NOT NULL OPTIONS (description = "Lightspeed's customer id."),
  as_of DATE NOT NULL OPTIONS (description = "The prediction knows the sales before 00:00 UTC of this day and none after."),
  model_version STRING NOT NULL OPTIONS (description = "Key of model_runs."),
  horizon_days INT64 NOT NULL OPTIONS (description = "Days that churn_probability looks ahead."),
  churn_probability FLOAT64 OPTIONS (description = "P(no purchase in [as_of, as_of + horizon_days)); NULL if the shop's history is too thin to say."),
  days_to_next FLOAT64 OPTIONS (description = "Median days from as_of to the next purchase day, 0 is as_of itself. Beyond horizon_days it is an extrapolation with the customer's latest hazard, capped at ten horizons."),
  days_to_next_low FLOAT64 OPTIONS (description = "Start of the 80 % prediction interval, days from as_of."),
  days_to_next_high FLOAT64 OPTIONS (description = "End of the 80 % prediction interval, days from as_of."),
  next_purchase_date DATE OPTIONS (description = "as_of plus days_to_next, rounded to the day."),
  next_purchase_date_earliest DATE OPTIONS (description = "as_of plus days_to_next_low, rounded to the day."),
  next_purchase_date_latest DATE OPTIONS (description = "as_of plus days_to_next_high, rounded to the day."),
  likely_products ARRAY<STRUCT<product_id STRING OPTIONS (description = "Lightspeed's product id."), score FLOAT64 OPTIONS (description = "Score relative to the customer's best candidate, 0 to 1."), reason STRING OPTIONS (description = "bought_before, bought_together, new_in_category or popular.")>> OPTIONS (description = "Up to ten products likely to be in the next basket, best first."),
  method STRING NOT NULL OPTIONS (description = "trained: models learned from past dates of this shop; purchase_rate: its history is too thin for that, purchase rates serve; withheld: the customer objected to profiling."),
  reason STRING OPTIONS (description = "What limited the prediction, such as a history too thin for a model; NULL otherwise."),
  churn_reason STRING OPTIONS (description = "Why churn_probability is not published in the profile: no model, or none beat the shop's average at past dates; NULL otherwise."),
  next_purchase_reason STRING OPTIONS (description = "The same of the next purchase date."),
  churn_driver_1 STRING OPTIONS (description = "The fact with the greatest effect on the churn risk (SHAP), in words; NULL without a boosted model."),
  churn_driver_2 STRING OPTIONS (description = "The fact with the second greatest effect."),
  churn_driver_3 STRING OPTIONS (description = "The fact with the third greatest effect."),
  expected_spend_365 FLOAT64 OPTIONS (description = "Expected spend in the 365 days from as_of, in the shop's currency, returns not subtracted; NULL without prices or with less than 90 days of history."),
  expected_spend_365_low FLOAT64 OPTIONS (description = "Start of its 80 % prediction interval."),
  expected_spend_365_high FLOAT64 OPTIONS (description = "End of its 80 % prediction interval.")
)
PARTITION BY as_of
CLUSTER BY customer_id
OPTIONS (description = "What the models said, one row a customer and as_of. Never changed afterwards, so that it can be graded.");
