"""Every webhook becomes events that are rows, or is refused in words that quote nothing of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from include.engagement.rows import SCHEMAS, EventRows
from include.engagement.social_records import events
from tests.fuzz.odd_values import encode
from tests.fuzz.payloads import odd
from tests.fuzz.seeds import SECRET
from tests.fuzz.test_payloads import SHORT

NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
LATER = [1_795_518_000, 1_795_518_000_000, "2026-11-24T12:00:00+0000", -1, 10**30, "nan", SECRET]

text = st.sampled_from(["1", "17", "", SECRET, "a\r\nALERT", "\x1b[2J", "x" * 500])
person = st.one_of(st.fixed_dictionaries({"id": text, "username": text}), odd)
value = st.fixed_dictionaries(
    {"id": text},
    optional={"from": person, "media": person, "text": text, "verb": st.sampled_from(["add", "edited", SECRET])},
)
change = st.one_of(
    st.fixed_dictionaries({"field": st.sampled_from(["comments", "mentions", "feed", SECRET]), "value": value}), odd
)
message = st.fixed_dictionaries(
    {"sender": person, "recipient": person, "timestamp": st.sampled_from(LATER)}, optional={"message": value}
)
entry = st.one_of(
    st.fixed_dictionaries(
        {"id": text, "time": st.sampled_from(LATER)},
        optional={"changes": st.lists(change, max_size=3) | odd, "messaging": st.lists(message | odd, max_size=3)},
    ),
    odd,
)
webhook = st.fixed_dictionaries(
    {"object": st.sampled_from(["instagram", "page", "instagram", SECRET]), "entry": st.lists(entry, max_size=3) | odd}
)


@SHORT
@given(st.one_of(webhook.map(encode), webhook.map(encode), st.binary(max_size=40)))
def test_a_webhook_is_rows_or_is_refused_without_a_quote(body: bytes):
    found: list[Any] = []
    try:
        found = events(body, "drops/1.json", NOON, signature_checked=False)
    except ValueError as error:
        told = str(error)
        assert told.isprintable() and SECRET not in told  # noqa: PT018
    rows = EventRows("social_events", "meta_webhook", "b")
    rejected = rows.add([msgspec.Raw(msgspec.json.encode(record)) for record in found])
    kept = [row for batch in rows.batches() for row in batch.to_pylist()]
    refused = {each.record for each in rejected}
    taken = {each.event_id for each in found if msgspec.json.encode(each) not in refused}
    assert sorted(row["event_id"] for row in kept) == sorted(taken)
    assert all(set(row) == set(SCHEMAS["social_events"].names) for row in kept)
    assert all(each.reason.isprintable() and SECRET not in each.reason for each in rejected)
