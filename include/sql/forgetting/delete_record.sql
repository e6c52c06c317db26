-- A record that was about the person alone.
DELETE FROM `{{ params.held_records }}`
WHERE record = @record;
