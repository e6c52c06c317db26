"""The flat views for BI tools: every customer once, and every item of the arrays once."""

from __future__ import annotations

import json
import re

import pytest

from include.warehouse.sql import render
from tests.docs.documents import ROOT
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


FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "|calc", "%0", "\t=1", ' \r\n=HYPERLINK("http://evil.test")']
HARMLESS = ["1042", "Apples = pears", "", "'=1", "a-b", "Crème brûlée"]


def test_the_call_list_for_a_csv_file_has_no_formula(bigquery_emulator: str):
    (query,) = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "bi.md").read_text("utf-8"), re.DOTALL)
    texts = ", ".join(json.dumps(text) for text in FORMULAS + HARMLESS)
    people = (
        "(SELECT text AS customer_id, text AS favorite_category, text AS likely_product, 0.9 AS churn_risk,"
        " CURRENT_DATE() AS next_purchase_date, 'high' AS churn_risk_band, 1 AS total_spent"
        f" FROM UNNEST([{texts}]) AS text)"
    )
    rows = client_of(bigquery_emulator).query_and_wait(query.replace("`livhana_prod.profile_summary`", people))
    expected = sorted([f"'{text}" for text in FORMULAS] + HARMLESS)
    listed = [dict(row) for row in rows]
    for column in ("customer_id", "favorite_category", "likely_product"):
        assert sorted(row[column] for row in listed) == expected
