-- The latest training runs, newest first, each with the newest grades of past predictions and the newest drift.
SELECT
  runs.*,
  ARRAY(
    SELECT AS STRUCT
      score.as_of, score.graded_on, score.prediction, score.metric, score.tenth,
      score.customers, score.expected, score.observed
    FROM `{{ params.dataset }}.prediction_scorecard` AS score
    WHERE (
      score.metric = 'psi'
      AND score.graded_on = (SELECT MAX(graded_on) FROM `{{ params.dataset }}.prediction_scorecard` WHERE metric = 'psi')
    ) OR (
      score.metric <> 'psi'
      AND score.as_of = (SELECT MAX(as_of) FROM `{{ params.dataset }}.prediction_scorecard` WHERE metric <> 'psi')
    )
    ORDER BY score.metric, score.prediction, score.tenth
  ) AS scorecard
FROM `{{ params.dataset }}.model_runs` AS runs
ORDER BY runs.as_of DESC, runs.trained_at DESC
LIMIT @row_limit
