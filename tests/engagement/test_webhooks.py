"""Objects dropped in a prefix are read once each, in any order of their coming, and their signatures are checked."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

import pytest

from include.engagement.rows import EventRows
from include.engagement.webhooks import LARGEST, Webhooks, is_right
from sandbox.engagement.behaviour import Mention
from sandbox.engagement.dropper import signature, webhook

SECRET = "app-secret"
NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


@dataclasses.dataclass
class Blob:
    name: str
    body: bytes
    time_created: dt.datetime
    metadata: dict[str, str] | None = None
    generation: int = 1

    def download_as_bytes(self, end: int, raw_download: bool) -> bytes:
        assert raw_download
        return self.body[: end + 1]


class Bucket:
    """A bucket in memory."""

    def __init__(self) -> None:
        self.blobs: dict[str, Blob] = {}

    def drop(self, number: int, minutes: float = 0, signed: str | None = "", **more: Any) -> bytes:
        """A webhook of one comment; `signed`: a signature, none (None), or the right one (empty)."""
        mention = Mention(number, NOON, "instagram", "comments", "77")
        body = json.dumps(webhook([mention], "instagram")).encode()
        metadata = {"X-Hub-Signature-256": signed or signature(body, SECRET)} if signed is not None else None
        at = NOON + dt.timedelta(minutes=minutes)
        name = f"meta/{number}.json"
        given: dict[str, Any] = {"name": name, "body": body, "time_created": at, "metadata": metadata}
        self.blobs[name] = Blob(**(given | more))
        return body

    def list_blobs(self, bucket: str, prefix: str, fields: str) -> list[Blob]:
        assert bucket == "drops"
        assert "metadata" in fields
        return [blob for name, blob in sorted(self.blobs.items()) if name.startswith(prefix)]


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


def read(bucket: Bucket, cursor: str | None = None, secret: str = SECRET) -> tuple[list[Any], list[str], str | None]:
    """Rows, reasons of rejection, and the cursor after them."""
    client: Any = bucket
    rows, rejected = EventRows("social_events", "meta_webhook", "b"), []
    for page in Webhooks(client, "drops", "meta/", secret).pages(cursor):
        rejected += rows.add(page.records)
        cursor = page.cursor
    found = [row for batch in rows.batches() for row in batch.to_pylist()]
    return found, [each.reason for each in rejected], cursor


def ids(found: list[Any]) -> list[str]:
    return [row["event_id"] for row in found]


def test_a_signed_webhook_is_read_once(bucket: Bucket):
    bucket.drop(1)
    found, rejected, cursor = read(bucket)
    assert (ids(found), rejected, found[0]["signature_checked"]) == (["c_1"], [], True)
    assert read(bucket, cursor)[0] == []


def test_a_wrong_signature_is_rejected_and_the_others_come_in(bucket: Bucket):
    bucket.drop(1, signed="sha256=" + "0" * 64)
    bucket.drop(2)
    found, rejected, _ = read(bucket)
    assert (ids(found), rejected) == (["c_2"], ["the signature of the webhook is wrong"])


def test_without_a_signature_or_a_secret_an_event_is_there_but_unchecked(bucket: Bucket):
    bucket.drop(1, signed=None)
    assert [row["signature_checked"] for row in read(bucket)[0]] == [False]
    bucket.drop(1)
    assert [row["signature_checked"] for row in read(bucket, secret="")[0]] == [False]


@pytest.mark.parametrize(("changed", "reasons"), [(b"", []), (b" ", ["the signature of the webhook is wrong"])])
def test_a_signature_may_lie_beside_the_object(bucket: Bucket, changed: bytes, reasons: list[str]):
    body = bucket.drop(1, signed=None)
    bucket.blobs["meta/1.json.signature"] = Blob("meta/1.json.signature", signature(body, SECRET).encode(), NOON)
    bucket.blobs["meta/1.json"].body += changed
    found, rejected, _ = read(bucket)
    assert (len(found), rejected) == (0 if reasons else 1, reasons)


@pytest.mark.parametrize("body", [b"PRIVATE", b'{"object": "page", "PRIVATE": "' + b"x" * LARGEST + b'"}'])
def test_an_object_that_is_no_webhook_is_rejected_by_its_name_alone(bucket: Bucket, body: bytes):
    bucket.drop(1, signed=None, body=body)
    client: Any = bucket
    (page,) = Webhooks(client, "drops", "meta/", SECRET).pages(None)
    (rejected,) = EventRows("social_events", "meta_webhook", "b").add(page.records)
    assert rejected.record_id == "meta/1.json"
    assert b"PRIVATE" not in rejected.record


def test_an_upload_that_ends_after_a_newer_one_was_read_is_not_missed(bucket: Bucket):
    bucket.drop(1, minutes=5)
    _, _, cursor = read(bucket)
    bucket.drop(2, minutes=1)
    found, _, cursor = read(bucket, cursor)
    assert ids(found) == ["c_2"]
    assert read(bucket, cursor)[0] == []


def test_an_object_that_was_written_over_is_read_again(bucket: Bucket):
    bucket.drop(1)
    _, _, cursor = read(bucket)
    bucket.drop(1, minutes=1, generation=2)
    assert ids(read(bucket, cursor)[0]) == ["c_1"]


def test_a_webhook_that_meta_sends_twice_is_one_row_of_a_batch(bucket: Bucket):
    bucket.drop(1)
    bucket.blobs["meta/again.json"] = dataclasses.replace(bucket.blobs["meta/1.json"], name="meta/again.json")
    assert ids(read(bucket)[0]) == ["c_1"]


def test_a_reading_that_stops_after_a_page_goes_on_there(bucket: Bucket):
    for number in range(250):
        bucket.drop(number, minutes=number / 4)
    client: Any = bucket
    first = next(Webhooks(client, "drops", "meta/", SECRET).pages(None))
    rest = read(bucket, first.cursor)[0]
    assert len(first.records) + len(rest) == 250


def test_the_secret_is_not_shown():
    client: Any = None
    assert SECRET not in repr(Webhooks(client, "drops", "", SECRET))


def test_metas_own_example_of_a_signature():
    """HMAC-SHA256 of RFC 4231, test case 2, in Meta's form."""
    right = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert is_right(b"what do ya want for nothing?", right, "Jefe")
    assert not is_right(b"what do ya want for nothing!", right, "Jefe")
    assert not is_right(b"what do ya want for nothing?", right.removeprefix("sha256="), "Jefe")
