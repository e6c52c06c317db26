"""No body, subject or token reaches Cloud Storage, BigQuery, a log or an XCom."""

from __future__ import annotations

import gzip
import io
import json
import logging

import pyarrow.parquet as pq
import pytest

from sandbox.engagement.dropper import SECRET
from tests.engagement.pipeline import HELLO, Engagement

pytestmark = pytest.mark.services

SECRETS = (
    ("private text", "the body or snippet of an e-mail"),
    ("about tea", "the subject of an e-mail"),
    ("my private words", "the text of a comment or message"),
    ("secret-of-", "a token in a page's query string"),
    (SECRET, "Meta's app secret"),
    ("x-hub-signature", "a webhook's signature"),
)


def readable(name: str, body: bytes) -> bytes:
    """An object's content without its compression."""
    if name.endswith(".parquet"):
        return str(pq.read_table(io.BytesIO(body)).to_pylist()).encode()
    return gzip.decompress(body) if name.endswith(".gz") else body


def texts_of(engagement: Engagement) -> str:
    """Everything in the landing bucket and in the dataset, as one text."""
    parts = []
    for blob in engagement.files.list_blobs(engagement.landing_bucket):
        body = blob.download_as_bytes(raw_download=True)
        parts.append(readable(blob.name, body))
    for table in engagement.client.list_tables(engagement.dataset):
        if table.table_type == "TABLE":
            rows = engagement.rows(f"SELECT TO_JSON_STRING(held) AS content FROM `@@{table.table_id}` AS held")
            parts += [row["content"].encode() for row in rows]
    return b"\n".join(parts).decode(errors="replace").lower()


def test_nothing_private_leaves_the_sources_even_when_gmail_sends_it_unasked(engagement: Engagement, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    engagement.gmail.quota.leaky = True
    engagement.write("ada@example.com", HELLO)
    engagement.write(HELLO, "ada@example.com")
    engagement.gmail.mailboxes[HELLO].add(
        {"id": "odd", "threadId": "t", "labelIds": [], "internalDate": "1", "snippet": "private text"}
    )
    engagement.visit(days_ago=1)
    engagement.comment()
    engagement.comment("forged", signed="sha256=" + "0" * 64)
    xcoms = json.dumps([engagement.run(source) for source in ("email", "content", "social")]).lower()
    printed = capfd.readouterr()
    held = texts_of(engagement)
    assert "ada@example.com" in held
    assert "c_" in held
    places = {"storage and BigQuery": held, "XCom": xcoms, "log": caplog.text.lower() + printed.out + printed.err}
    leaks = [f"{what} is in {place}" for place, text in places.items() for secret, what in SECRETS if secret in text]
    assert leaks == []


def test_the_simulators_do_hold_what_must_not_leave_them(engagement: Engagement):
    message = engagement.write("ada@example.com", HELLO)
    told = json.dumps(engagement.gmail.mailboxes[HELLO].messages[message]).lower()
    engagement.comment("one")
    bucket = engagement.files.bucket(f"{engagement.landing_bucket}-drops")
    told += bucket.blob("meta/one.json").download_as_bytes().decode().lower()
    engagement.visit(days_ago=1)
    exported = engagement.client.query_and_wait(
        "SELECT TO_JSON_STRING(held) AS content FROM"
        f" `{engagement.landing_bucket.replace('-', '_')}.events_{next(iter(engagement.visits)):%Y%m%d}` AS held"
    )
    told += "".join(row["content"] for row in exported)
    assert [secret for secret, _ in SECRETS[:4] if secret not in told] == []
