"""The flat views for BI tools: every customer once, and every item of the arrays once."""

from __future__ import annotations

import pytest

from include.warehouse.sql import render
from tests.plugins.rows import AT_RISK, FORGOTTEN, FULL_ROW, KNOWN, LARGE_MONEY, THIN
from tests.plugins.warehouse import DATASET, PROJECT, client_of

pytestmark = pytest.mark.services

VIEWS = ("profile_summary", "profile_likely_products", "profile_favorites")


@pytest.fixture(scope="module")
def rows(bigquery_emulator: str, profiles_dataset: dict[str, str]) -> dict[str, list[dict]]:
    client = client_of(bigquery_emulator)
    for view in VIEWS:
        client.query_and_wait(render(f"{view}/view.sql", dataset=f"{PROJECT}.{DATASET}"))
    return {
        view: [dict(row) for row in client.query_and_wait(f"SELECT * FROM `{PROJECT}.{DATASET}.{view}`")]
        for view in VIEWS
    }


def test_the_summary_has_each_customer_of_the_newest_day_once_and_no_array(rows: dict[str, list[dict]]):
    summary = {row["customer_id"]: row for row in rows["profile_summary"]}
    assert sorted(summary) == sorted([KNOWN, THIN, LARGE_MONEY, AT_RISK, FORGOTTEN])
    assert len(rows["profile_summary"]) == len(summary)
    assert not any(isinstance(value, (list, dict)) for row in summary.values() for value in row.values())
    assert summary[KNOWN]["likely_product_id"] == "1082185"
    assert summary[KNOWN]["favorite_product"] == "Bananas"
    assert summary[THIN]["likely_product_id"] is None


def test_likely_products_keep_their_order(rows: dict[str, list[dict]]):
    mine = sorted(
        (row for row in rows["profile_likely_products"] if row["customer_id"] == KNOWN), key=lambda r: r["place"]
    )
    assert [(row["place"], row["product_id"], row["score"]) for row in mine] == [
        (place, product["product_id"], product["score"]) for place, product in enumerate(FULL_ROW["likely_products"], 1)
    ]


def test_favorites_have_a_row_a_category_and_product(rows: dict[str, list[dict]]):
    mine = {
        (row["kind"], row["place"]): row["name"] for row in rows["profile_favorites"] if row["customer_id"] == KNOWN
    }
    assert mine == {
        ("category", 1): "Produce",
        ("category", 2): "Dairy",
        ("product", 1): "Bananas",
        ("product", 2): "1029743",
    }
