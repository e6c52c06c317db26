"""Product candidates: where they come from, why, and that nothing at or after the snapshot can change them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from include.models import pipeline, products
from include.models.queries import Dataset
from tests.sql.customer_sales import Line, load

pytestmark = pytest.mark.services

DAY = dt.date(2024, 3, 1)

LINES = [
    # Three customers buy tea with biscuits; cat buys tea alone, and once returned the biscuits of somebody else.
    *(Line(name, f"2024-01-0{day}T10:00", "tea") for name in ("ann", "bob", "dan", "cat") for day in (2, 9)),
    *(Line(name, "2024-01-09T10:05", "biscuits") for name in ("ann", "bob", "dan")),
    Line("cat", "2024-01-10T10:00", "biscuits", -1),
    Line("cat", "2024-02-20T10:00", "bread"),
    *(Line(name, "2024-02-10T10:00", "soap") for name in ("eve", "fay", "gus", "hal")),
    Line("ann", "2024-02-29T23:59:59", "novel"),
    Line("gus", "2024-02-21T10:00", "wine", voided=True),
]
FUTURE = [
    *(Line(name, "2024-03-01T00:00", "biscuits") for name in ("cat", "eve", "new")),
    Line("cat", "2024-03-05T10:00", "wine"),
    *(Line("eve", "2024-03-02T10:00", "tea", price="0.10") for _ in range(5)),
]
PRODUCTS = """
INSERT INTO `{dataset}.products` (product_id, category, is_archived, created_at, source, ingested_at, batch_id)
SELECT id, category, is_archived, created_at, 'r_series', TIMESTAMP '2024-01-01 00:00:00+00', 'test'
FROM UNNEST([
  STRUCT('tea' AS id, 'drinks' AS category, FALSE AS is_archived, TIMESTAMP '2020-01-01 00:00:00+00' AS created_at),
  STRUCT('novel', 'drinks', FALSE, TIMESTAMP '2024-02-01 00:00:00+00'),
  STRUCT('bread', 'food', {archived}, NULL)
])
"""


def candidates(client: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], dict[str, Any]]:
    """Candidates of every customer, two popular ones each; the working tables are made anew."""
    monkeypatch.setattr(products, "POPULAR_CANDIDATES", 2)
    dataset, features = Dataset(client, name), f"{name}.customer_features"
    pipeline.build_features(dataset, features, [DAY], pipeline.BUCKETS)
    _, plan = pipeline.plan(dataset, DAY, 30)
    pipeline.build_products(dataset, features, plan, [DAY], pipeline.EVERYBODY)
    table = pipeline.read_candidates(dataset, features, [DAY], pipeline.EVERYBODY)
    read = products.from_arrow(table, None)
    reasons = products.reasons(read).tolist()
    values = [dict(zip(read.columns, row, strict=True)) for row in read.values.tolist()]
    rows = zip(read.customers, read.products, values, reasons, strict=True)
    return {(customer, product): {**row, "reason": because} for customer, product, row, because in rows}


@pytest.fixture
def rows(arrow_client, dataset, monkeypatch):
    load(arrow_client, dataset, LINES)
    arrow_client.query_and_wait(PRODUCTS.format(dataset=dataset, archived="FALSE"))
    return candidates(arrow_client, dataset, monkeypatch)


def test_each_candidate_has_its_reason(rows):
    assert {product: row["reason"] for (customer, product), row in rows.items() if customer == "cat"} == {
        "tea": "bought_before",
        "bread": "bought_before",
        "biscuits": "bought_together",
        "novel": "new_in_category",
        "soap": "popular",
    }


def test_values_of_a_candidate_by_hand(rows):
    tea = rows["cat", "tea"]
    expected = {
        "purchases": 2, "purchases_30": 0, "purchases_90": 2, "in_last_5": 2, "visits_since": 1, "first_visits_ago": 2,
        "recency_days": 52, "tenure_days": 59, "gap_mean": 7, "recency_over_gap_mean": 52 / 7,
        "visits_since_over_gap": 1, "basket_share": 2 / 3, "basket_share_since_first": 2 / 3, "buyers": 4,
        "sold_90": 8, "sold_30": 0, "repeat_rate": 1.0, "product_gap_mean": 7, "decayed_visits": 0.9 + 0.81,
        "customer_purchases": 3, "customer_recency_days": 10,
    }  # fmt: skip
    assert {name: tea[name] for name in expected} == pytest.approx(expected, rel=1e-5)


def test_what_is_bought_with_the_customers_products_is_weighed_by_its_evidence(rows):
    # Three buyers of both, over ten and the geometric mean of four and three buyers.
    assert rows["cat", "biscuits"]["together"] == pytest.approx(3 / (10 + 12**0.5), rel=1e-5)
    assert rows["cat", "soap"]["together"] == 0


def test_sales_at_or_after_the_snapshot_change_no_candidate(arrow_client, dataset, monkeypatch, rows):
    load(arrow_client, dataset, FUTURE)
    again = candidates(arrow_client, dataset, monkeypatch)
    assert again.keys() == rows.keys()
    for key, row in rows.items():
        assert again[key] == pytest.approx(row, nan_ok=True)


def test_an_archived_product_is_no_candidate(arrow_client, dataset, monkeypatch):
    load(arrow_client, dataset, LINES)
    arrow_client.query_and_wait(PRODUCTS.format(dataset=dataset, archived="TRUE"))
    assert "bread" not in {product for _, product in candidates(arrow_client, dataset, monkeypatch)}


def test_what_nobody_buys_any_more_is_no_candidate(arrow_client, dataset, monkeypatch):
    sold = [Line(f"c{n}", "2024-01-10T10:00", "eggs") for n in range(9)]
    bought = [Line(f"c{n}", f"2024-{day}T10:00", "bread") for n in range(9) for day in ("01-10", "02-10", "02-12")]
    load(arrow_client, dataset, [*sold, *bought, Line("c0", "2024-01-20T10:00", "rare")])
    found = {product for _, product in candidates(arrow_client, dataset, monkeypatch)}
    assert found == {"bread", "rare"}


def test_without_a_booster_the_customers_own_products_come_first(rows, arrow_client, dataset):
    table = pipeline.read_candidates(
        Dataset(arrow_client, dataset), f"{dataset}.customer_features", [DAY], pipeline.EVERYBODY
    )
    read = products.from_arrow(table, None)
    first: dict[str, str] = {}
    for row in products.best_first(read, products.decayed(read))[0]:
        first.setdefault(read.customers[row], read.products[row])
    assert (first["cat"], first["ann"], first["eve"]) == ("tea", "tea", "soap")
