-- Rows in which @pattern is found anywhere in lower case: in any column, array or field of them.
SELECT
  COUNT(*) AS examined,
  COUNTIF(REGEXP_CONTAINS(LOWER(TO_JSON_STRING(held)), @pattern)) AS found
FROM `{{ params.held }}` AS held;
