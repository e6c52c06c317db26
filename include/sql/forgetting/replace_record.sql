-- A record without the person; the same text in another row is the same record.
UPDATE `{{ params.held_records }}`
SET record = @redacted
WHERE record = @record;
