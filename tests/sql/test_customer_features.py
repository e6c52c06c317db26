"""Features: their values by hand, and that nothing at or after a snapshot can change them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.models import pipeline
from include.models.queries import Dataset
from tests.sql.customer_sales import Line, load

pytestmark = pytest.mark.services

EARLY, LATE = dt.date(2024, 3, 1), dt.date(2024, 3, 15)

PAST = [
    Line("ann", "2024-01-01T09:00", "bread", 2, "3.00"),
    Line("ann", "2024-01-01T18:00", "milk", 1, "4.00"),
    Line("ann", "2024-01-11T10:00", "bread"),
    Line("ann", "2024-02-10T23:59:59", "eggs", 1, "10.00"),
    Line("ann", "2024-02-12T10:00", "eggs", -1, "10.00"),
    Line("ann", "2024-02-20T10:00", "wine", 1, "99.00", voided=True),
    Line(None, "2024-02-20T10:00"),
    Line("bob", "2024-02-29T23:59:59"),
    Line("ret", "2024-02-01T10:00", "bread", -1),
]
FUTURE = [Line("ann", "2024-03-01T00:00"), Line("ann", "2024-03-14T12:00", "tea"), Line("new", "2024-03-15T00:00")]


def features(client, name: str, dates=(EARLY, LATE)) -> dict[tuple[dt.date, str], dict]:
    """Rows of customer_features at the dates, made anew."""
    dataset, table = Dataset(client, name), f"{name}.customer_features"
    pipeline.build_features(dataset, table, list(dates), pipeline.BUCKETS)
    rows = client.query_and_wait(f"SELECT * FROM `{table}`")
    return {(row["snapshot_date"], row["customer_id"]): dict(row) for row in rows}


@pytest.fixture
def rows(bigquery_client, dataset):
    load(bigquery_client, dataset, PAST + FUTURE)
    return features(bigquery_client, dataset)


def test_a_customer_is_known_from_the_first_sale_on(rows):
    assert {customer for day, customer in rows if day == EARLY} == {"ann", "bob", "ret"}
    assert (LATE, "new") not in rows


def test_values_of_a_snapshot_by_hand(rows):
    ann = rows[EARLY, "ann"]
    expected = {
        "recency_days": 20, "tenure_days": 60, "purchases": 3, "purchase_rate": 3 / 60,
        "gap_mean": 20.0, "gap_std": 10.0, "gap_median": 30, "gap_last": 30, "gap_second": 10, "gap_third": None,
        "gap_max": 30, "recency_over_gap_mean": 1.0,
        "purchases_7": 0, "purchases_30": 1, "purchases_60": 3, "purchases_365": 3, "purchases_trend_30": 1 - 2,
        "lines_30": 1, "lines_60": 4, "quantity_60": 5.0, "spend_30": 10.0, "spend_60": 22.0,
        "share_monday": 1 / 3, "share_thursday": 1 / 3, "share_saturday": 1 / 3, "share_sunday": 0.0,
        "hour_mean": (9 + 10 + 23) / 3, "distinct_products": 3, "new_products_90": 3,
        "basket_value": 22 / 3, "basket_value_last": 10.0, "return_rate": 1 / 5, "returned_lines_90": 1,
        "days_since_return": 18,
    }  # fmt: skip
    assert {name: ann[name] for name in expected} == pytest.approx(expected)
    assert ann["frequency_14"] == pytest.approx(0.5 ** (60 / 14) + 0.5 ** (50 / 14) + 0.5 ** (20 / 14), abs=1e-5)


def test_a_purchase_on_the_day_before_has_recency_one(rows):
    assert rows[EARLY, "bob"]["recency_days"] == 1


def test_who_has_only_returned_has_no_purchase(rows):
    ret = rows[EARLY, "ret"]
    assert (ret["purchases"], ret["recency_days"], ret["return_rate"]) == (0, None, 1.0)


def test_a_sale_at_midnight_of_the_snapshot_belongs_to_the_future(rows):
    assert rows[EARLY, "ann"]["purchases"] == 3
    assert rows[LATE, "ann"]["purchases"] == 5


_LINES = st.builds(
    Line,
    customer=st.sampled_from(["ann", "bob", "zoe"]),
    at=st.datetimes(dt.datetime.fromisoformat("2024-03-15"), dt.datetime.fromisoformat("2026-01-01")).map(
        lambda at: at.isoformat()
    ),
    product=st.sampled_from(["bread", "new"]),
    quantity=st.sampled_from([-3, 1, 50]),
    price=st.just("7.00"),
    voided=st.booleans(),
    payment=st.just("cash"),
)


@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(future=st.lists(_LINES, min_size=1, max_size=30))
def test_sales_at_or_after_a_snapshot_change_none_of_its_features(bigquery_client, dataset, rows, future):
    load(bigquery_client, dataset, future)
    assert features(bigquery_client, dataset) == rows


def test_a_statement_for_many_dates_gives_what_each_alone_gives(bigquery_client, dataset, rows):
    alone = features(bigquery_client, dataset, [EARLY])
    assert {key: row for key, row in alone.items() if key[0] == EARLY} == {
        key: row for key, row in rows.items() if key[0] == EARLY
    }
