"""A message becomes a row for each outside address; what else is in it is never taken over."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from include.engagement.mail_records import MailRecord, addresses, parse, record
from include.engagement.rows import SCHEMAS, EventRows, page_body, records_of

SHOP = ["hello@shop.example", "orders@shop.example"]


def make(**changes: Any) -> msgspec.Raw:
    given: dict[str, Any] = {
        "mailbox": SHOP[0],
        "mailboxes": SHOP,
        "domains": ["shop.example"],
        "id": "m1",
        "thread_id": "t1",
        "internal_date": "1767268800123",
        "sender": ["ada@example.com"],
        "to": [SHOP[0]],
        "cc": [],
    }
    return msgspec.Raw(msgspec.json.encode(MailRecord(**(given | changes))))


def rows(**changes: Any) -> list[tuple[str, str]]:
    return [(row[4], row[5]) for row in parse(make(**changes))[1]]


def test_a_letter_from_outside_is_one_row_of_its_writer():
    key, found = parse(make())
    assert key == "hello@shop.example m1"
    when = dt.datetime(2026, 1, 1, 12, 0, 0, 123000, tzinfo=dt.UTC)
    assert found == [(when, SHOP[0], "m1", "t1", "from_customer", "ada@example.com", None)]


def test_a_letter_of_the_shop_is_a_row_for_each_outside_address():
    sent = {"sender": [SHOP[0]], "to": ["ada@example.com", "colleague@shop.example"], "cc": ["ben@example.com"]}
    assert rows(**sent) == [("to_customer", "ada@example.com"), ("to_customer", "ben@example.com")]


def test_mail_within_the_shop_has_no_row():
    assert rows(sender=["colleague@shop.example"]) == []


@pytest.mark.parametrize(("mailbox", "count"), [(SHOP[0], 1), (SHOP[1], 0)])
def test_a_letter_in_two_mailboxes_has_its_row_under_one(mailbox: str, count: int):
    assert len(rows(mailbox=mailbox, to=[SHOP[1]], cc=[SHOP[0]])) == count


def test_a_letter_that_names_no_mailbox_counts_where_it_lies():
    assert len(rows(mailbox=SHOP[1], to=["list@example.org"])) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sender": []}, "the From header has no address"),
        ({"internal_date": "soon"}, "the message has no time that can be read"),
        ({"internal_date": "9" * 30}, "the message has no time that can be read"),
        ({"thread_id": ""}, "the message has no id or no conversation"),
    ],
)
def test_a_message_that_does_not_fit_is_rejected_with_its_reason(changes: dict[str, Any], reason: str):
    (rejected,) = EventRows("email_events", "gmail", "b1").add([make(**changes)])
    assert rejected.reason.startswith(reason)
    assert rejected.record_id == "m1"


HEADERS: dict[str, list[str]] = {
    '"Lovelace, Ada" <ADA@Example.com>': ["ada@example.com"],
    "ada@example.com, Ben <ben@example.org>": ["ada@example.com", "ben@example.org"],
    "=?utf-8?q?Ad=C3=A0?= <ada+tea@example.com>": ["ada+tea@example.com"],
    "undisclosed-recipients:;": [],
    "Ada <ada at example.com>": [],
    "": [],
}


@pytest.mark.parametrize(("header", "expected"), HEADERS.items())
def test_addresses_are_cut_out_of_headers_without_names(header: str, expected: list[str]):
    assert addresses([header]) == expected


ANSWER: dict[str, Any] = {
    "id": "m1",
    "threadId": "t1",
    "internalDate": "1767268800123",
    "labelIds": ["INBOX"],
    "snippet": "PRIVATE",
    "payload": {
        "headers": [
            {"name": "from", "value": "Ada PRIVATE <ada@example.com>"},
            {"name": "To", "value": SHOP[0]},
            {"name": "Subject", "value": "PRIVATE"},
        ],
        "body": {"data": "PRIVATE"},
        "parts": [{"body": {"data": "PRIVATE"}}],
    },
}


def test_what_gmail_sends_beyond_addresses_is_dropped():
    made = record(ANSWER, SHOP[0], SHOP, ["shop.example"])
    assert made
    assert (made.sender, made.to, made.cc) == (["ada@example.com"], [SHOP[0]], [])
    assert b"PRIVATE" not in msgspec.json.encode(made)


@pytest.mark.parametrize("label", ["SPAM", "TRASH", "DRAFT", "CHAT"])
def test_what_is_no_correspondence_has_no_record(label: str):
    assert record(ANSWER | {"labelIds": [label]}, SHOP[0], SHOP, []) is None


def test_an_answer_that_is_no_message_is_rejected_later_without_its_content():
    made = record({"id": "m1", "payload": ["PRIVATE"]}, SHOP[0], SHOP, [])
    assert made
    assert b"PRIVATE" not in msgspec.json.encode(made)
    with pytest.raises(ValueError, match="no id or no conversation"):
        parse(msgspec.Raw(msgspec.json.encode(made)))


def test_of_a_message_that_comes_twice_the_last_state_counts_and_stored_pages_give_the_same_rows():
    page = [make(), make(sender=["ben@example.com"]), make(id="m2")]
    built = EventRows("email_events", "gmail", "b1")
    assert built.add(records_of(page_body(page))) == []
    (batch,) = built.batches()
    assert batch.schema == SCHEMAS["email_events"]
    assert batch["counterpart"].to_pylist() == ["ben@example.com", "ada@example.com"]
    assert list(built.batches()) == []
