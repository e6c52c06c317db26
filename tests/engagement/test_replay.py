"""E-mails and social events are made again from the raw objects alone, row for row."""

from __future__ import annotations

import os

import pytest

from include.replay import tasks as replay
from include.replay.tables import scope
from tests.engagement.pipeline import HELLO, Engagement

pytestmark = pytest.mark.services

TABLES = ("email_events", "social_events", "rejected_records", "ingest_batches", "ingest_locks")


def everything(engagement: Engagement) -> dict[str, list[str]]:
    return {
        table: [
            row["content"]
            for row in engagement.rows(f"SELECT TO_JSON_STRING(t) AS content FROM `@@{table}` AS t ORDER BY 1")
        ]
        for table in TABLES
    }


def test_a_replay_gives_the_same_rows(engagement: Engagement):
    for minutes in (-90, -60):
        engagement.write("ada@example.com", HELLO, minutes=minutes, thread=5)
        engagement.write(HELLO, "ada@example.com", minutes=minutes + 20, thread=5)
        engagement.comment(f"at{minutes}")
        engagement.run("email")
        engagement.run("social")
    engagement.visit(days_ago=2)
    engagement.run("content")
    engagement.gmail.mailboxes[HELLO].forget()
    engagement.comment("forged", signed="sha256=" + "0" * 64)
    engagement.run("email")
    engagement.run("social")
    before = everything(engagement)
    assert all(before.values())
    engagement.client.query_and_wait(f"DELETE FROM `{engagement.dataset}.email_events` WHERE TRUE")
    run = f"replay-{os.urandom(3).hex()}"
    whole = scope(TABLES, None, None)
    try:
        replay.swap(run, whole, replay.compare(run, 1, whole, replay.parse(run, whole)))
    finally:
        replay.clean(run, whole)
    assert everything(engagement) == before
