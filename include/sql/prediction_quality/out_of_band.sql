-- Predictions that were graded on @as_of and whose calibration or coverage has left its band.
SELECT as_of, calibration_error, calibration_limit, interval_coverage, coverage_tolerance
FROM `{{ params.dataset }}.prediction_quality`
WHERE graded_on = @as_of AND NOT is_in_band
ORDER BY as_of;
