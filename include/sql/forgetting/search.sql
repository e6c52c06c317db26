-- Rows that have any of @needles (lower case) anywhere: in any column, array or field of it.
SELECT
  COUNT(*) AS examined,
  COUNTIF(
    EXISTS (
      SELECT 1
      FROM UNNEST(@needles) AS needle
      WHERE STRPOS(LOWER(TO_JSON_STRING(held)), needle) > 0
    )
  ) AS found
FROM `{{ params.held }}` AS held;
