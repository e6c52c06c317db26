-- One row a warning: it is told, and stops nothing.
WITH published AS (
  SELECT as_of, COUNT(*) AS profiles, COUNTIF(churn_risk IS NULL) AS without_churn_risk
  FROM `{{ params.dataset }}.customer_profiles_v1`
  WHERE as_of BETWEEN DATE_SUB(@as_of, INTERVAL 7 DAY) AND @as_of
  GROUP BY as_of
),

compared AS (
  SELECT
    as_of,
    profiles,
    without_churn_risk / profiles AS share,
    LAG(profiles) OVER (ORDER BY as_of) AS profiles_before,
    LAG(without_churn_risk / profiles) OVER (ORDER BY as_of) AS share_before
  FROM published
)

SELECT FORMAT('customer_profiles_v1 has %d profiles, and had %d the day before.', profiles, profiles_before) AS sentence
FROM compared
WHERE as_of = @as_of AND profiles < 0.9 * profiles_before
UNION ALL
SELECT FORMAT('%.0f %% of the profiles have no churn risk, %.0f %% had none before.', 100 * share, 100 * share_before)
FROM compared
WHERE as_of = @as_of AND share > share_before + 0.2;
