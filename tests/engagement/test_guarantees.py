"""Nothing is lost and nothing is there twice: kills, forgotten history, quota storms, rewritten days, repeats."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from google.api_core.exceptions import GoogleAPICallError

from include.engagement import tasks
from include.engagement.errors import NotConfigured
from include.landing import tasks as landing
from sandbox.lightspeed.people import mix
from tests.engagement.pipeline import HELLO, ORDERS, Engagement, Kills

pytestmark = pytest.mark.services

THREAD = 900_000
COMMIT = 9
"""Of a run's requests that change something the one that starts the commit."""


def add(engagement: Engagement, source: str) -> None:
    """Something new at a source; of the web site a day that was exported before."""
    if source == "email":
        engagement.write("ada@example.com", HELLO)
    elif source == "content":
        engagement.visit(days_ago=1)
    else:
        engagement.comment()


def kill(engagement: Engagement, source: str, points: Iterable[int]) -> None:
    """Kill a worker before and after each of some requests that change something, a new batch each time."""
    for at in points:
        for after in (False, True):
            add(engagement, source)
            kills = Kills(at, after)
            engagement.run(source, kills)
            assert len(kills.seen) > at
    add(engagement, source)
    engagement.run(source)
    assert engagement.problems() == []


@pytest.mark.parametrize("source", ["email", "content", "social"])
def test_workers_killed_before_and_after_the_commit_lose_and_double_nothing(engagement: Engagement, source: str):
    add(engagement, source)
    engagement.run(source)
    kill(engagement, source, points=[COMMIT])


@pytest.mark.full
@pytest.mark.parametrize("source", ["email", "content", "social"])
def test_a_kill_at_each_side_effect_loses_and_doubles_nothing(engagement: Engagement, source: str):
    for _ in range(2):
        add(engagement, source)
        engagement.run(source, quiet := Kills())
    kill(engagement, source, points=range(1, len(quiet.seen)))


def test_forgotten_history_and_a_quota_storm_lose_and_double_no_mail(engagement: Engagement, monkeypatch):
    monkeypatch.setattr(tasks, "time", SimpleNamespace(sleep=lambda _: None))
    for _ in range(110):
        engagement.write("ada@example.com", ORDERS, mailbox=ORDERS)
    engagement.write("ben@example.com", HELLO)
    engagement.run("email")
    engagement.write("ben@example.com", HELLO)
    for box in engagement.gmail.mailboxes.values():
        box.forget()
    engagement.gmail.quota.faults = [(429, "rateLimitExceeded", "1"), (403, "userRateLimitExceeded", ""), (503, "", "")]
    engagement.run("email")
    assert engagement.gmail.quota.faults == []
    assert engagement.problems() == []


def test_a_storm_in_the_middle_keeps_what_was_read_and_the_next_run_goes_on(engagement: Engagement, monkeypatch):
    monkeypatch.setattr(tasks, "time", SimpleNamespace(sleep=lambda _: None))
    engagement.write("ben@example.com", HELLO)
    engagement.write("ada@example.com", ORDERS, mailbox=ORDERS)
    guard = engagement.gmail.quota.refuse

    def stormy(method: str, mailbox: str, now: dt.datetime) -> Any:
        engagement.gmail.quota.faults = [(429, "rateLimitExceeded", "")] if mailbox == ORDERS else []
        return guard(method, mailbox, now)

    with monkeypatch.context() as storm:
        storm.setattr(engagement.gmail.quota, "refuse", stormy)
        (batch,) = engagement.run("email")
    assert (batch["records"], batch["reached_end"]) == (1, False)
    engagement.gmail.quota.faults = []
    engagement.run("email")
    assert engagement.problems() == []


def test_reply_delays_are_right_in_whatever_order_messages_come(engagement: Engagement):
    engagement.write(HELLO, "ada@example.com", minutes=-50, thread=THREAD)
    engagement.run("email")
    engagement.write("ada@example.com", HELLO, minutes=-60, thread=THREAD)
    engagement.write("ada@example.com", HELLO, minutes=-90, thread=THREAD)
    engagement.run("email")
    engagement.write("ada@example.com", HELLO, minutes=-45, thread=THREAD)
    engagement.write("ada@example.com", HELLO, minutes=-40, thread=THREAD + 1)
    engagement.write(HELLO, "ada@example.com", minutes=-45 + 31 * 1440, thread=THREAD)
    engagement.run("email")
    threads = ", ".join(f"'{mix(thread, 61):016x}'" for thread in (THREAD, THREAD + 1))
    found = engagement.rows(
        f"SELECT direction, reply_delay_seconds AS s FROM `@@email_events` WHERE thread_id IN ({threads})"
    )
    shown = sorted((row["direction"], row["s"] or 0) for row in found)
    assert shown == [
        ("from_customer", 0),
        ("from_customer", 0),
        ("from_customer", 0),
        ("from_customer", 300),
        ("to_customer", 0),
        ("to_customer", 600),
    ]


def test_a_rewritten_day_is_replaced_whole_and_the_finished_day_replaces_the_unfinished(engagement: Engagement):
    engagement.visit(days_ago=1)
    engagement.visit(intraday=True)
    engagement.run("content")
    assert {row["is_intraday"] for row in engagement.rows("SELECT is_intraday FROM `@@content_events`")} == {
        True,
        False,
    }
    today = engagement.now.date()
    engagement.visits[today - dt.timedelta(days=1)].pop()
    engagement.visit(days_ago=1)
    engagement.export_day(today, intraday=False)
    engagement.run("content")
    assert engagement.problems() == []
    assert {row["is_intraday"] for row in engagement.rows("SELECT is_intraday FROM `@@content_events`")} == {False}
    engagement.visits[today] = []
    engagement.export_day(today)
    engagement.run("content")
    assert engagement.problems() == []
    assert engagement.run("content") == []


def test_an_event_that_ga4_exports_twice_is_one_row_with_its_page_cut_before_the_query(engagement: Engagement):
    engagement.visit(days_ago=2)
    (visit,) = engagement.visits[engagement.now.date() - dt.timedelta(days=2)]
    engagement.export_day(visit.at.date(), copies=2)
    engagement.run("content")
    assert engagement.problems() == []
    rows = engagement.rows(
        f"SELECT * FROM `@@content_events` WHERE export_table_day = '{visit.at.date()}' ORDER BY event_at"
    )
    assert {row["content_category"] for row in rows} == {"tea"}
    assert all(row["page_location"].startswith("https://www.teashop.example/tea/page-") for row in rows)
    assert all(row["page_path"] == row["page_location"].removeprefix("https://www.teashop.example") for row in rows)
    assert not [row for row in rows if "?" in row["page_location"]]
    assert rows[-1]["engagement_time_seconds"] >= 5
    assert {row["session_id"] for row in rows} == {int(visit.at.timestamp())}
    assert (rows[0]["traffic_source"], rows[0]["traffic_medium"]) == ("(direct)", "(none)")
    assert rows[-1]["traffic_source"] in {"google", "(direct)", "newsletter", "instagram"}


def test_a_table_that_was_lost_is_made_again_by_reading_its_source_again(engagement: Engagement):
    engagement.visit(days_ago=2)
    engagement.run("content")
    engagement.client.query_and_wait(f"DELETE FROM `{engagement.dataset}.content_events` WHERE TRUE")
    engagement.run("content", again=True)
    assert engagement.problems() == []


def test_a_webhook_that_meta_sends_again_changes_nothing_and_a_forged_one_is_rejected(engagement: Engagement):
    engagement.comment("first")
    engagement.run("social")
    bucket = engagement.files.bucket(f"{engagement.landing_bucket}-drops")
    bucket.copy_blob(bucket.blob("meta/first.json"), bucket, "meta/again.json")
    engagement.run("social")
    assert engagement.problems() == []
    engagement.comment("forged", signed="sha256=" + "0" * 64)
    engagement.run("social")
    (row,) = engagement.rows("SELECT record_id, reason, record FROM `@@rejected_records`")
    assert (row["record_id"], row["reason"]) == ("meta/forged.json", "the signature of the webhook is wrong")
    assert "private" not in row["record"].lower()


def test_of_two_runs_at_the_same_place_one_is_committed(engagement: Engagement):
    engagement.comment()
    first, second = (tasks.extract_social(run, 1) for run in ("run-a", "run-b"))
    for batches in (first, second):
        landing.load(batches)
    landing.commit(first)
    with pytest.raises(GoogleAPICallError, match="nothing was written"):
        landing.commit(second)
    for batches in (first, second):
        landing.drop_staging(batches)
    assert engagement.problems() == []


def test_a_staging_table_that_was_dropped_and_made_anew_is_not_committed(engagement: Engagement):
    engagement.visit(days_ago=1)
    batches = tasks.extract_content("run-a", 1)
    landing.drop_staging(batches)
    landing.load(batches)
    with pytest.raises(GoogleAPICallError, match="0 staged rows"):
        landing.commit(batches)
    landing.drop_staging(batches)
    engagement.run("content")
    assert engagement.problems() == []


@pytest.mark.parametrize(
    ("variable", "extract", "told"),
    [
        ("AIRFLOW_CONN_GMAIL_DEFAULT", tasks.extract_email, "gmail_default"),
        ("GA4_DATASET", tasks.extract_content, "GA4_DATASET"),
        ("AIRFLOW_CONN_META_WEBHOOKS_DEFAULT", tasks.extract_social, "meta_webhooks_default"),
    ],
)
def test_a_source_that_is_not_connected_says_so_plainly(monkeypatch, variable: str, extract: Any, told: str):
    monkeypatch.delenv(variable, raising=False)
    with pytest.raises(NotConfigured, match=told):
        extract("run", 1)
