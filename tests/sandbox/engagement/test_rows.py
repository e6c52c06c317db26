"""The households' doings as rows: the columns of the event tables, and only addresses and handles that are known."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from include.warehouse.sql import render
from sandbox.engagement.behaviour import Purchase
from sandbox.engagement.rows import event_rows
from sandbox.lightspeed.people import person

START = dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC)
BOUGHT = [
    Purchase(sale * 7, 1 + sale % 60, START + dt.timedelta(hours=5 * sale), ("tea", "mugs")[sale % 2])
    for sale in range(600)
]
DAYS = [START.date() + dt.timedelta(days=number) for number in range(20)]


@pytest.fixture(scope="module")
def rows() -> dict[str, list[dict]]:
    return event_rows(BOUGHT, DAYS)


def test_rows_have_columns_of_their_tables_and_all_that_must_be_there(rows):
    for name, content in rows.items():
        columns = re.findall(r"^  (\w+) \w+( NOT NULL)?", render(f"{name}/table.sql", dataset="d"), re.MULTILINE)
        assert set(content[0]) <= {column for column, _ in columns}
        for column in [column for column, required in columns if required]:
            assert all(row[column] is not None for row in content), (name, column)


def test_the_same_purchases_give_the_same_rows(rows):
    assert event_rows(BOUGHT, DAYS) == rows


def test_every_address_and_many_a_handle_is_a_customers(rows):
    people = [person(number) for number in range(1, 61)]
    addresses = {who.emails[0] for who in people if who.emails}
    assert {row["counterpart"] for row in rows["email_events"]} <= addresses
    handles = {who.instagram for who in people} | {who.facebook for who in people}
    assert {row["handle"] for row in rows["social_events"]} & handles


def test_an_answer_tells_how_long_it_took_and_a_question_tells_nothing(rows):
    delays = [row["reply_delay_seconds"] for row in rows["email_events"]]
    assert any(delay is None for delay in delays)
    assert all(delay > 0 for delay in delays if delay is not None)
    assert {row["direction"] for row in rows["email_events"] if row["reply_delay_seconds"]} == {
        "from_customer",
        "to_customer",
    }
