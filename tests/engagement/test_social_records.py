"""Webhooks of Instagram and Facebook become events: who, what, on which object, when; never a text."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import msgspec
import pytest

from include.engagement.rows import EventRows
from include.engagement.social_records import EventRecord, events, parse

STORED = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
AT = 1_767_268_800
ADA = {"id": "77", "username": "ada", "name": "PRIVATE"}


def read(entry: dict[str, Any], platform: str = "instagram") -> list[EventRecord]:
    body = json.dumps({"object": platform, "entry": [{"id": "9", "time": AT, **entry}]}).encode()
    found = events(body, "o.json", STORED, signature_checked=True)
    assert b"PRIVATE" not in msgspec.json.encode(found)
    return found


def change(field: str, platform: str = "instagram", **value: Any) -> EventRecord:
    (found,) = read(
        {"changes": [{"field": field, "value": {"text": "PRIVATE", "message": "PRIVATE", **value}}]}, platform
    )
    return found


def test_a_comment_on_instagram():
    found = change("comments", id="c1", **{"from": ADA}, media={"id": "m1"})
    expected = ("instagram", "comment", "9", "77", "m1", "c1")
    assert (
        found.platform,
        found.event_type,
        found.account_id,
        found.handle,
        found.object_id,
        found.event_id,
    ) == expected
    assert found.event_at == "2026-01-01T12:00:00+00:00"


def test_a_comment_whose_field_stands_in_the_entry_itself():
    (found,) = read({"field": "comments", "value": {"id": "c1", "from": ADA, "text": "PRIVATE"}})
    assert (found.event_type, found.event_id, found.handle) == ("comment", "c1", "77")


def test_a_mention_names_nobody():
    found = change("mentions", comment_id="c2", media_id="m1")
    assert (found.event_type, found.handle, found.object_id, found.event_id) == ("mention", None, "m1", "c2")


def test_a_comment_and_a_reaction_on_a_page():
    told = {"item": "comment", "verb": "add", "comment_id": "c3", "post_id": "p1", "from": ADA, "created_time": AT - 60}
    comment = change("feed", "page", **told)
    assert (comment.platform, comment.event_type, comment.object_id, comment.event_id) == (
        "facebook",
        "comment",
        "p1",
        "c3",
    )
    assert comment.event_at == "2026-01-01T11:59:00+00:00"
    reaction = change("feed", "page", **(told | {"item": "reaction", "reaction_type": "love"}))
    assert (reaction.event_type, reaction.object_id) == ("reaction", "c3")
    assert reaction.event_id != comment.event_id


def test_an_edit_is_an_event_of_its_own():
    told = {"item": "comment", "comment_id": "c3", "from": ADA}
    ids = {
        change("feed", "page", verb=verb, created_time=at, **told).event_id for verb, at in (("add", 1), ("edited", 2))
    }
    assert len(ids) == 2


def test_a_message_and_a_reaction_to_one():
    message, reaction = read(
        {
            "messaging": [
                {"sender": {"id": "77"}, "timestamp": AT * 1000, "message": {"mid": "x1", "text": "PRIVATE"}},
                {"sender": {"id": "77"}, "timestamp": AT * 1000, "reaction": {"mid": "x1", "emoji": "PRIVATE"}},
            ]
        }
    )
    assert (message.event_type, message.event_id, message.handle) == ("message", "x1", "77")
    assert (reaction.event_type, reaction.object_id) == ("reaction", "x1")
    assert message.event_at == "2026-01-01T12:00:00+00:00"


@pytest.mark.parametrize(
    "entry",
    [
        {"messaging": [{"sender": {"id": "9"}, "message": {"mid": "x", "is_echo": True}}]},
        {"messaging": [{"sender": {"id": "77"}, "read": {"watermark": 1}}]},
        {"changes": [{"field": "comments", "value": {"id": "c", "from": {"id": "9"}}}]},
        {},
    ],
)
def test_what_the_shop_did_itself_and_receipts_are_no_events(entry: dict[str, Any]):
    assert read(entry) == []


def test_the_same_webhook_gives_the_same_ids():
    entry = {"changes": [{"field": "story_insights", "value": {"media_id": "m"}}]}
    assert read(entry)[0].event_id == read(entry)[0].event_id
    assert read(entry)[0].event_type == "story_insights"


def test_an_event_without_a_time_happened_when_it_was_stored():
    (found,) = read({"time": "yesterday", "changes": [{"field": "mentions", "value": {}}]})
    assert found.event_at == STORED.isoformat()


BAD: list[bytes] = [b"PRIVATE", b"[1]", b'{"object": "whatsapp"}', b"[" * 100_000, b'{"object": {"a": 1}}', b"\xff"]


@pytest.mark.parametrize("body", BAD)
def test_what_is_no_webhook_is_refused_without_being_quoted(body: bytes):
    with pytest.raises(ValueError, match="the object is") as refused:
        events(body, "o.json", STORED, signature_checked=False)
    assert "PRIVATE" not in str(refused.value)


STRANGE: list[Any] = [7, None, "x", [[]], {"a": 1}, [{"id": {"x": 1}, "changes": [{"value": 3}, 4], "messaging": "x"}]]


@pytest.mark.parametrize("entry", STRANGE)
def test_a_strange_shape_breaks_nothing(entry: Any):
    body = json.dumps({"object": "page", "entry": entry}).encode()
    rows = EventRows("social_events", "meta_webhook", "b")
    rows.add([msgspec.Raw(msgspec.json.encode(each)) for each in events(body, "o", STORED, signature_checked=False)])


def test_an_event_without_an_account_is_rejected():
    body = json.dumps({"object": "instagram", "entry": [{"changes": [{"field": "comments", "value": {"id": "c"}}]}]})
    (found,) = events(body.encode(), "o.json", STORED, signature_checked=False)
    with pytest.raises(ValueError, match="no account"):
        parse(msgspec.Raw(msgspec.json.encode(found)))
