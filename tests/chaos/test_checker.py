from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sandbox.lightspeed.store import Store
from sandbox.lightspeed.till import LineOrder, Till
from tests.chaos.checker import Checker, Found
from tests.chaos.shop import SETTINGS, fill
from tests.chaos.truth import Truth

NOW = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)
CHANGES: dict[str, Any] = {
    "timestamp": NOW - dt.timedelta(days=1),
    "customer_id": "9",
    "product_id": "9",
    "quantity": Decimal(7),
    "price": Decimal("0.01"),
    "payment_method": "Barter",
    "line_total": Decimal("9.99"),
    "tax": Decimal(1),
    "payment_methods": [],
    "is_return": True,
    "is_voided": True,
    "source_updated_at": None,
}


@dataclasses.dataclass
class Case:
    """A shop of two sales, and a warehouse that equals it."""

    checker: Checker
    found: Found

    def problems(self, **changes: Any) -> list[str]:
        return self.checker.problems(dataclasses.replace(self.found, **changes))


def ledger_row(number: int, rows: int) -> dict[str, Any]:
    return {
        "batch_id": f"b{number}",
        "stream": "sales",
        "batch_number": number,
        "cursor_from": None if number == 1 else str(number - 1),
        "cursor_to": str(number),
        "raw_uris": ["gs://landing/raw"],
        "row_uris": ["gs://landing/rows.parquet"],
        "rows_loaded": rows,
    }


@pytest.fixture(params=["x_series", "r_series"])
def case(request: pytest.FixtureRequest, tmp_path: Path):
    store = Store(tmp_path / "store.sqlite3")
    fill(store, 0, catalogue=True)
    till = Till(store, SETTINGS, lambda: NOW)
    for number in (1, 2):
        till.ring_up([LineOrder(1, Decimal(2), Decimal("1.50")), LineOrder(2, Decimal(1), Decimal(number))])
    truth = Truth(store, request.param, set())
    (tmp_path / "raw").touch()
    pq.write_table(pa.table({"n": [1, 2, 3, 4]}), tmp_path / "rows.parquet")
    tables = [[row | {"batch_id": "b1"} for row in rows.values()] for rows in (truth.sales(), truth.customers())]
    products = [row | {"batch_id": "b2"} for row in truth.products().values()]
    found = Found(*tables, products, [ledger_row(1, 4), ledger_row(2, 4)], [], ["sales", "customers"])
    yield Case(Checker(truth, tmp_path, (set(), set())), found)
    store.close()


def test_a_warehouse_that_equals_the_shop_has_no_problems(case: Case):
    assert len(case.found.sales) == 4
    assert case.problems() == []


@pytest.mark.parametrize("column", CHANGES)
def test_any_wrong_column_of_a_sale_is_found(case: Case, column: str):
    first, *others = case.found.sales
    assert case.problems(sales=[first | {column: CHANGES[column]}, *others])


def test_a_line_that_is_missing_twice_there_or_unknown_is_found(case: Case):
    first, *others = case.found.sales
    assert case.problems(sales=others)
    assert case.problems(sales=[first, first, *others])
    assert case.problems(sales=[*case.found.sales, first | {"sale_line_id": "0"}])


def test_a_customer_or_product_that_is_old_or_missing_is_found(case: Case):
    assert case.problems(customers=case.found.customers[1:])
    assert case.problems(customers=[case.found.customers[0] | {"email": "old"}, *case.found.customers[1:]])
    assert case.problems(products=[case.found.products[0] | {"description": "old"}, *case.found.products[1:]])


def test_a_ledger_with_a_gap_a_double_or_a_broken_chain_is_found(case: Case):
    one, two = case.found.ledger
    assert case.problems(ledger=[one, two | {"batch_number": 3}])
    assert case.problems(ledger=[one, two | {"batch_number": 1}])
    assert case.problems(ledger=[one, two | {"cursor_from": "0"}])
    assert case.problems(ledger=[one])


def test_objects_that_are_gone_or_hold_other_rows_are_found(case: Case):
    one, two = case.found.ledger
    assert case.problems(ledger=[one, two | {"raw_uris": ["gs://landing/gone"]}])
    assert case.problems(ledger=[one, two | {"rows_loaded": 5}])


def test_a_staging_table_and_a_wrong_rejection_are_found(case: Case):
    assert case.problems(tables=["sales", "staging_sales_00000001_x_rows"])
    rejected = {"record_id": "1", "batch_id": "b1", "raw_uri": "gs://landing/raw"}
    assert case.problems(rejected=[rejected])


def test_a_malformed_sale_that_nobody_rejected_is_found(case: Case, tmp_path: Path):
    checker = Checker(case.checker._truth, tmp_path, ({1}, {1}))
    assert any("malformed" in problem for problem in checker.problems(case.found))
