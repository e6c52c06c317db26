-- A staging table that was dropped and made anew is empty: a commit of it would lose the batch without a word.
SELECT
  IF(
    COUNT(*) = @rows_loaded,
    'whole',
    ERROR(CONCAT('Batch ', @batch_id, ' has ', CAST(COUNT(*) AS STRING), ' staged rows, not the ',
      CAST(@rows_loaded AS STRING), ' that were extracted; nothing was written. Clear its extract.'))
  ) AS staged
FROM `{{ params.staging_rows }}`;
