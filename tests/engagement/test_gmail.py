"""Mailboxes are read whole, then by their history; nothing is lost or read twice, whatever Gmail answers."""

from __future__ import annotations

import msgspec
import pytest

from include.engagement import gmail_api
from include.engagement.errors import SourceRefused, SourceUnavailable
from tests.engagement.shop import HELLO, ORDERS, Office


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_mailbox_is_read_whole_and_then_by_its_history(office: Office):
    old = [office.write(), office.write(mailbox=ORDERS)]
    ids, cursor = office.read()
    assert sorted(ids) == sorted(old)
    new = office.write(mailbox=ORDERS)
    assert office.read(cursor)[0] == [new]


def test_nothing_new_is_no_page_but_once_a_day(office: Office):
    office.write()
    _, cursor = office.read()
    assert list(office.reader().pages(cursor)) == []
    office.clock.sleep(86_400)
    ids, later = office.read(cursor)
    assert (ids, later != cursor) == ([], True)


def test_a_reading_that_stops_at_its_bound_goes_on_there(office: Office):
    written = [office.write() for _ in range(250)]
    ids, cursor = office.read(pages=1)
    assert len(ids) == gmail_api.PAGE
    arrived = office.write()
    rest, cursor = office.read(cursor)
    again, _ = office.read(cursor)
    assert set(ids) | set(rest) | set(again) == {*written, arrived}


def test_many_changes_are_read_page_by_page_and_each_once(office: Office):
    _, cursor = office.read()
    written = [office.write() for _ in range(230)]
    seen: list[str] = []
    while ids := (found := office.read(cursor, pages=1))[0]:
        seen, cursor = seen + ids, found[1]
    assert seen == written


def test_forgotten_history_leads_to_a_whole_reading(office: Office):
    first = office.write()
    _, cursor = office.read()
    missed = office.write()
    office.boxes[HELLO].forget()
    ids, cursor = office.read(cursor)
    assert set(ids) == {first, missed}
    new = office.write()
    assert office.read(cursor)[0] == [new]


def test_a_page_that_gmail_does_not_know_any_more_begins_the_reading_again(office: Office):
    written = {office.write() for _ in range(150)}
    _, cursor = office.read(pages=1)
    assert cursor
    places = msgspec.json.decode(cursor)
    places[HELLO]["page_token"] = "gone"
    ids, _ = office.read(msgspec.json.encode(places).decode())
    assert set(ids) == written


@pytest.mark.parametrize(("status", "reason"), [(429, "rateLimitExceeded"), (403, "userRateLimitExceeded"), (503, "")])
def test_a_used_up_quota_is_waited_out(office: Office, status: int, reason: str):
    written = office.write()
    office.gmail.quota.faults = [(status, reason, ""), (status, reason, "")]
    assert office.read()[0] == [written]
    assert len(office.clock.waits) == 2


def test_the_wait_is_the_one_that_gmail_asks_for(office: Office):
    office.write()
    office.gmail.quota.faults = [(429, "rateLimitExceeded", "17"), (429, "", "Tue, 24 Nov 2026 12:01:00 GMT")]
    office.read()
    assert office.clock.waits == [17, 43]


def test_the_quota_of_a_minute_is_kept_by_waiting_for_the_next(office: Office):
    office.gmail.quota.units = 300
    written = {office.write() for _ in range(80)}
    assert set(office.read()[0]) == written
    assert office.clock.waits


def test_a_quota_storm_ends_the_reading_and_keeps_what_was_read(office: Office, monkeypatch: pytest.MonkeyPatch):
    written = {office.write() for _ in range(150)}
    reader = office.reader()
    pages = reader.pages(None)
    first = next(pages)
    office.gmail.quota.faults = [(429, "rateLimitExceeded", "")] * 200
    assert [*pages] == []
    assert (reader.reached_end, len(reader.problems)) == (False, 2)
    office.gmail.quota.faults = []
    ids, _ = office.read(first.cursor)
    assert {msgspec.json.decode(each)["id"] for each in first.records} | set(ids) == written


def test_a_storm_before_anything_was_read_is_an_error_that_says_so(office: Office):
    office.gmail.quota.faults = [(429, "rateLimitExceeded", "")] * 200
    with pytest.raises(SourceUnavailable, match=r"does not give hello@shop\.example now \(429 rateLimitExceeded\)"):
        office.read()


def test_a_wait_of_hours_is_not_sat_through(office: Office):
    office.gmail.quota.faults = [(429, "rateLimitExceeded", "7200")] * 2
    with pytest.raises(SourceUnavailable):
        office.read()
    assert office.clock.waits == []


def test_a_mailbox_that_is_refused_does_not_hold_back_the_other(office: Office):
    written = office.write(mailbox=ORDERS)
    office.names = ["nobody@shop.example", ORDERS]
    reader = office.reader()
    assert [msgspec.json.decode(each)["id"] for page in reader.pages(None) for each in page.records] == [written]
    assert "domain-wide delegation" in reader.problems[0]
    assert reader.reached_end is False


@pytest.mark.parametrize(
    ("reason", "error"), [("dailyLimitExceeded", SourceUnavailable), ("delegationDenied", SourceRefused)]
)
def test_what_will_not_pass_in_a_minute_is_not_tried_again(office: Office, reason: str, error: type[Exception]):
    office.gmail.quota.faults = [(403, reason, "")]
    office.names = [HELLO]
    with pytest.raises(error, match=f"403 {reason}"):
        office.read()
    assert office.clock.waits == []


def test_spam_and_drafts_are_left_out_and_spam_that_was_none_comes_in_later(office: Office):
    spam = office.write(labelIds=["SPAM"])
    office.write(labelIds=["DRAFT"])
    ids, cursor = office.read()
    assert ids == []
    office.boxes[HELLO].unhide(spam, "SPAM")
    assert office.read(cursor)[0] == [spam]


def test_a_message_that_was_deleted_before_it_was_read_is_passed_over(office: Office):
    _, cursor = office.read()
    office.boxes[HELLO].delete(office.write())
    kept = office.write()
    assert office.read(cursor)[0] == [kept]


def test_messages_older_than_the_history_wanted_are_not_read():
    office = Office(history_days=30)
    office.write(days=400)
    recent = office.write(days=3)
    assert office.read()[0] == [recent]


def test_only_addresses_ids_and_time_are_asked_for(office: Office):
    office.write()
    (page,) = [page for page in office.reader().pages(None) if page.records]
    read = msgspec.json.decode(page.records[0])
    assert (read["sender"], read["to"]) == (["ada@example.com"], [HELLO])
    asked = [each for each in office.gmail.quota.requests if "/messages/" in each]
    assert all("format=metadata" in each and "fields=id" in each for each in asked)
    assert not [each for each in asked if "Subject" in each or "snippet" in each or "body" in each]
