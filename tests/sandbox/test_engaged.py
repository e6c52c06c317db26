"""Simulated engagement is the same each time, belongs to the shoppers, and some of it precedes purchases."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from sandbox.engaged import DAY_US, engagement, shoppers

START = int(dt.datetime(2017, 1, 1, tzinfo=dt.UTC).timestamp()) * 1_000_000


@pytest.fixture(scope="module")
def sales() -> pa.Table:
    rng = np.random.default_rng(1)
    at = START + rng.integers(0, 365 * DAY_US, 3_000)
    return pa.table(
        {
            "timestamp": pa.array(at).cast(pa.timestamp("us", "UTC")),
            "customer_id": [f"c{number}" for number in rng.integers(0, 40, len(at))],
            "product_id": [f"p{number}" for number in rng.integers(0, 50, len(at))],
        }
    )


def test_a_purchase_is_a_customer_and_day(sales):
    who = shoppers(sales)
    days = {(who.ids[one], at // DAY_US) for one, at in zip(who.number.tolist(), who.at_us.tolist(), strict=True)}
    moments = sales["timestamp"].cast(pa.int64()).to_pylist()
    assert days == {(name, at // DAY_US) for name, at in zip(sales["customer_id"].to_pylist(), moments, strict=True)}
    assert len(days) == len(who.number)


def test_the_same_sales_give_the_same_events(sales):
    assert engagement(shoppers(sales)) == engagement(shoppers(sales))


def test_events_come_from_addresses_and_handles_of_the_customers(sales):
    rows = engagement(shoppers(sales))
    customers = rows["customers"]
    assert customers.num_rows == 40
    assert set(rows["email_events"]["counterpart"].to_pylist()) <= set(customers["email"].to_pylist())
    assert set(rows["social_events"]["handle"].to_pylist()) <= set(customers["instagram"].to_pylist())


def test_visits_are_more_frequent_in_the_week_before_a_purchase_than_after_it(sales):
    who = shoppers(sales.filter(pa.array(np.arange(len(sales)) % 12 == 0)))
    visits = engagement(who)["content_events"]
    at = visits["event_at"].cast(pa.int64()).to_numpy()
    number = np.array([int(browser[1:]) for browser in visits["user_pseudo_id"].to_pylist()])
    before = after = 0
    for one, moment in zip(who.number.tolist(), who.at_us.tolist(), strict=True):
        own = at[number == one]
        before += ((own >= moment - 6 * DAY_US) & (own < moment)).sum()
        after += ((own > moment) & (own <= moment + 6 * DAY_US)).sum()
    assert before > 1.5 * after
