"""Objects are rewritten without the forgotten, under the condition that they are still what was read."""

from __future__ import annotations

import gzip
import io
import json
from types import SimpleNamespace
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.forgetting import contents
from include.forgetting.objects import Store
from include.forgetting.people import Forgotten, digest, normalised
from include.forgetting.records import redact_event, redact_page
from include.lightspeed.redaction import is_placeholder
from tests.forgetting.bucket import BUCKET, Bucket

KEY = "a key of the tests"
ANN = Forgotten(KEY, frozenset({digest(KEY, "78")}), frozenset(digest(KEY, each) for each in ("ann@x.com", "ann_igs")))
RAW = "lightspeed/customers/dt=2026-03-02/batch=customers_00000001_a/raw-00000.jsonl.gz"


def store(bucket: Bucket) -> Store:
    return Store(bucket, BUCKET)  # ty: ignore[invalid-argument-type]


def raw(*customers: str) -> bytes:
    page = {"data": [{"id": each, "version": 1} for each in customers]}
    return gzip.compress(json.dumps(page).encode() + b"\n")


def ids(content: bytes) -> list[str | None]:
    return [record.get("id") for record in json.loads(gzip.decompress(content))["data"]]


def parquet(rows: list[dict[str, Any]], **types: pa.DataType) -> bytes:
    sink = io.BytesIO()
    schema = pa.schema([(name, types.get(name, pa.string())) for name in rows[0]])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), sink)
    return sink.getvalue()


def rows(content: bytes) -> list[dict[str, Any]]:
    return pq.read_table(io.BytesIO(content)).to_pylist()


def test_an_object_is_rewritten_once_and_again_not_at_all():
    bucket = Bucket()
    bucket.put(RAW, raw("77", "78"))
    assert store(bucket).redact(RAW, ANN)
    content = bucket.objects[RAW][1]
    assert ids(content) == ["77", None]
    assert not store(bucket).redact(RAW, ANN)
    assert bucket.uploads == 2


def test_what_another_writes_between_reading_and_writing_is_not_lost():
    bucket = Bucket()
    bucket.put(RAW, raw("77", "78"))
    others = [raw("76", "78", "79")]
    bucket.before_upload = lambda name: bucket.put(name, others.pop()) if others else None
    assert store(bucket).redact(RAW, ANN)
    assert ids(bucket.objects[RAW][1]) == ["76", None, "79"]


def test_an_object_that_never_comes_to_rest_is_an_error_and_stays_whole():
    bucket = Bucket()
    bucket.put(RAW, raw("77", "78"))
    bucket.before_upload = lambda name: bucket.put(name, raw("78", str(bucket.uploads)))
    with pytest.raises(RuntimeError, match="changed 5 times"):
        store(bucket).redact(RAW, ANN)
    assert ids(bucket.objects[RAW][1])[0] == "78"


def test_older_versions_of_a_rewritten_object_go_and_those_of_others_stay():
    bucket = Bucket(versioning_enabled=True)
    for name in (RAW, RAW, f"{RAW}.other", f"{RAW}.other"):
        bucket.put(name, raw("77", "78"))
    store(bucket).redact(RAW, ANN)
    assert bucket.old == [(f"{RAW}.other", 1)]


def test_soft_delete_is_told_of():
    bucket = Bucket()
    assert store(bucket).warnings() == []
    bucket.soft_delete_policy = SimpleNamespace(retention_duration_seconds=604_800)
    [sentence] = store(bucket).warnings()
    assert "7.0 days" in sentence


def test_rows_of_sales_stay_unlinked_and_rows_of_people_go():
    sales = parquet([{"sale_line_id": "1", "customer_id": "78"}, {"sale_line_id": "2", "customer_id": "79"}])
    assert [row["customer_id"] for row in rows(contents.redact_rows("", sales, ANN))] == [None, "79"]
    scored = parquet([{"customer_id": "78", "as_of": "x"}, {"customer_id": "79", "as_of": "x"}])
    assert [row["customer_id"] for row in rows(contents.redact_rows("", scored, ANN))] == ["79"]
    mail = parquet([{"counterpart": "ann@x.com"}, {"counterpart": "joann@x.com"}])
    assert rows(contents.redact_rows("", mail, ANN)) == [{"counterpart": "joann@x.com"}]
    other = parquet([{"product_id": "78"}])
    assert contents.redact_rows("", other, ANN) is other


def test_rejected_records_are_redacted_as_their_raw_objects_are():
    uri = f"gs://{BUCKET}/lightspeed/{{}}/dt=2026-03-02/batch=b/raw-00000.jsonl.gz"
    found = [
        {"record_id": "78", "reason": "r", "raw_uri": uri.format("customers"), "record": '{"id":"78","first_name":5}'},
        {"record_id": "s", "reason": "r", "raw_uri": uri.format("sales"), "record": '{"id":"s","customer_id":"78"}'},
        {"record_id": "t", "reason": "r", "raw_uri": uri.format("sales"), "record": '{"id":"t","customer_id":"79"}'},
    ]
    kept = rows(contents.redact_rejected("", parquet(found), ANN))
    assert [row["record"] for row in kept] == ['{"id":"s","customer_id":null}', '{"id":"t","customer_id":"79"}']


def test_a_message_loses_the_persons_address_and_keeps_the_others():
    to_both = msgspec.Raw(b'{"id":"m","sender":["shop@s.com"],"to":["Ann@x.com","bob@x.com"],"cc":[]}')
    assert json.loads(bytes(redact_event(to_both, ANN)))["to"] == ["bob@x.com"]
    assert is_placeholder(redact_event(msgspec.Raw(b'{"id":"m","sender":["ann@x.com"],"to":["shop@s.com"]}'), ANN))
    assert is_placeholder(redact_event(msgspec.Raw(b'{"event_id":"e","handle":"ann_igs"}'), ANN))
    other = msgspec.Raw(b'{"event_id":"e","handle":"bob"}')
    assert redact_event(other, ANN) is other
    page = b'{"records":[{"handle":"ann_igs"},{"handle":"bob"}]}'
    assert (
        redact_page(page, "meta_webhook", "social_events", ANN) == b'{"records":[{"redacted":true},{"handle":"bob"}]}'
    )


def test_a_document_of_any_shape_loses_the_texts_that_name_the_person():
    webhook = b'{"entry":[{"messaging":[{"sender":{"id":"ann_igs"}},{"sender":{"id":"bob"}}]}]}'
    cleared = json.loads(contents.redact_document("", webhook, ANN))
    assert [each["sender"]["id"] for each in cleared["entry"][0]["messaging"]] == ["redacted", "bob"]
    for other in (b'{"sender":"bob", "n":1}', b"no JSON"):
        assert contents.redact_document("", other, ANN) is other


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (" Ann@X.com ", "ann@x.com"),
        ("ann+shop@x.com", "ann@x.com"),
        ("a.n.n+shop@gmail.com", "ann@gmail.com"),
        ("ann@googlemail.com", "ann@gmail.com"),
        ("@Ann_Igs", "ann_igs"),
        ("a.nn@x.com", "a.nn@x.com"),
    ],
)
def test_an_identity_is_compared_in_one_form(text, same):
    assert normalised(text) == same
