-- Records that were kept as they came, to be looked at one by one.
SELECT record_id, record, raw_uri
FROM `{{ params.held_records }}`;
