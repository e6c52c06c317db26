-- Whether it is written down what was there before: a run that was killed must not write down what it has left.
SELECT COUNT(*) > 0 AS is_known
FROM `{{ params.dataset }}.forget_proofs`
WHERE case_id = @case_id
  AND started_at = @started_at
  AND checked_at >= @started_at
  AND phase = 'before';
