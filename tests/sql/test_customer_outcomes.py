"""Outcomes: strictly at or after the snapshot, and censored where the observation ends."""

from __future__ import annotations

import datetime as dt

import pytest

from include.models import pipeline
from include.models.queries import Dataset
from tests.sql.customer_sales import Line, load

pytestmark = pytest.mark.services

DAY = dt.date(2024, 3, 1)

LINES = [
    *(Line(name, "2024-02-01T10:00") for name in ("same_day", "later", "never", "returns", "voided")),
    Line("later", "2024-02-29T23:59:59", "wine"),
    Line("same_day", "2024-03-01T00:00", "milk"),
    Line("same_day", "2024-03-01T20:00", "eggs"),
    Line("same_day", "2024-03-05T20:00", "tea"),
    Line("later", "2024-03-11T10:00", "tea"),
    Line("returns", "2024-03-02T10:00", "bread", -1),
    Line("voided", "2024-03-02T10:00", voided=True),
]


@pytest.fixture
def shop(bigquery_client, dataset) -> Dataset:
    load(bigquery_client, dataset, LINES)
    shop = Dataset(bigquery_client, dataset)
    pipeline.build_features(shop, f"{dataset}.customer_features", [DAY], pipeline.BUCKETS)
    return shop


def outcomes(shop: Dataset, until: dt.date) -> dict[str, tuple[int | None, int]]:
    rows = shop.execute(
        "customer_outcomes/select.sql",
        {"features": f"{shop.name}.customer_features"},
        first_snapshot_date=DAY,
        observed_until=until,
    )
    return {row["customer_id"]: (row["days_to_next"], row["observed_days"]) for row in rows}


def test_the_next_purchase_day_counts_from_the_snapshot_and_returns_and_voids_are_none(shop):
    assert outcomes(shop, dt.date(2024, 4, 1)) == {
        "same_day": (0, 31), "later": (10, 31), "never": (None, 31), "returns": (None, 31), "voided": (None, 31),
    }  # fmt: skip


def test_what_lies_at_or_after_the_end_of_observation_is_censored(shop):
    assert outcomes(shop, dt.date(2024, 3, 11))["later"] == (None, 10)
    assert outcomes(shop, dt.date(2024, 3, 12))["later"] == (10, 11)


def test_the_next_basket_is_everything_of_the_next_day_within_the_horizon(shop):
    def basket(horizon_days: int) -> set[tuple[str, str]]:
        rows = shop.execute(
            "customer_outcomes/next_basket.sql",
            {"features": f"{shop.name}.customer_features"},
            snapshot_dates=[DAY],
            first_snapshot_date=DAY,
            observed_until=dt.date(2024, 4, 1),
            horizon_days=horizon_days,
            first_bucket=0,
            last_bucket=pipeline.BUCKETS - 1,
        )
        return {(row["customer_id"], row["product_id"]) for row in rows}

    assert basket(10) == {("same_day", "milk"), ("same_day", "eggs")}
    assert basket(11) == basket(10) | {("later", "tea")}
