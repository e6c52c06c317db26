"""The pitfalls of both APIs that only the whole pipeline can get right: shop, Cloud Storage, load, one transaction."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
from decimal import Decimal
from typing import Any

import pytest
import requests

from include.landing import tasks
from sandbox.connections import lightspeed_variables, seed_secret
from sandbox.demo import shop_totals
from sandbox.lightspeed.settings import SimulatorSettings
from sandbox.stack import PROJECT, Ports, Stack
from sandbox.warehouse import Warehouse

pytestmark = pytest.mark.services
LINES = [{"product_id": 1, "quantity": 2, "price": "1.50"}, {"product_id": 2, "quantity": 1, "price": "4.00"}]


class Shop:
    """A shop of 20 sales with no live ones, read by the production tasks into a dataset of its own."""

    def __init__(self, stack: Stack, warehouse: Warehouse, client: Any) -> None:
        self.stack, self.warehouse, self.client = stack, warehouse, client
        self.checked: dt.datetime | None = None

    def act(self, act: str, **body: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.stack.lightspeed_url}/_sandbox/{act}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def ingest(self) -> list[list[dict[str, Any]]]:
        """Run the tasks until nothing is new; returns what went through XCom."""
        went = []
        while batches := tasks.extract(f"run-{os.urandom(3).hex()}", 1, self.checked):
            tasks.load(batches)
            tasks.commit(batches)
            tasks.drop_staging(batches)
            self.checked = tasks.utc_now()
            went.append(batches)
        return went

    def sale(self, sale: dict[str, Any]) -> list[Any]:
        """Rows of a sale, by line."""
        table, key = f"`{self.warehouse.dataset}.sales`", sale["x_sale_id"]
        query = f"SELECT * FROM {table} WHERE sale_id = '{key}' ORDER BY sale_line_id"
        return list(self.client.query(query).result())

    def voided(self) -> int:
        """Number of voided sales."""
        query = f"SELECT COUNT(DISTINCT sale_id) AS voided FROM `{self.warehouse.dataset}.sales` WHERE is_voided"
        return next(iter(self.client.query(query).result())).voided

    def agrees(self) -> bool:
        return self.warehouse.day_totals() == shop_totals(self.stack.lightspeed_url)


@pytest.fixture(scope="module")
def shop(warehouse: Stack, bigquery_client: Any, tmp_path_factory: pytest.TempPathFactory):
    with Stack(tmp_path_factory.mktemp("pitfalls"), Ports.free()) as stack, pytest.MonkeyPatch.context() as patch:
        stack.start_lightspeed("--registers", "200", "--speed", "0", "--max-history-sales", "20")
        seed_secret(stack)
        variables = lightspeed_variables(stack, "x_series")
        variables |= {
            "SECRET_MANAGER_URL": stack.secrets_url,
            "BIGQUERY_DATASET": "ingest_pitfalls",
            "LIGHTSPEED_IDLE_SECONDS": "0.1",
            "LIGHTSPEED_POLL_SECONDS": "0.1",
            "LIGHTSPEED_BATCH_MAX_SALES": "30000",
        }
        for name, value in variables.items():
            patch.setenv(name, value)
        shop = Shop(stack, Warehouse(warehouse, f"{PROJECT}.ingest_pitfalls"), bigquery_client)
        shop.ingest()
        yield shop


def test_pitfall_03_a_back_dated_sale_lands_on_its_day_and_an_edit_moves_it_whole(shop: Shop):
    early = tasks.utc_now() - dt.timedelta(days=3)
    sale = shop.act("sales", lines=LINES, completed_at=early.isoformat())
    shop.ingest()
    assert {row.timestamp.date() for row in shop.sale(sale)} == {early.date()}
    later = early + dt.timedelta(days=1)
    shop.act(f"sales/{sale['sale_id']}/edit", completed_at=later.isoformat())
    shop.ingest()
    assert [row.timestamp.date() for row in shop.sale(sale)] == [later.date()] * 2
    assert shop.agrees()


def test_pitfall_07_a_sale_that_changes_between_two_pages_is_there_once_in_its_last_state(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    """Pages of two: the sale that one of them begins with is voided just before that page is made."""
    monkeypatch.setenv("LIGHTSPEED_PAGE_SIZE", "2")
    sold = [shop.act("sales", lines=LINES) for _ in range(5)]
    voided = shop.voided()
    shop.act("faults", kind="mutated", path="/api/2.0/sales")
    shop.ingest()
    assert [len(shop.sale(sale)) for sale in sold] == [2] * 5
    assert shop.voided() == voided + 1
    assert shop.agrees()


def test_pitfall_11_a_return_counts_once_with_its_sign_and_the_original_stays(shop: Shop):
    sale = shop.act("sales", lines=LINES)
    shop.ingest()
    parked = shop.act(f"sales/{sale['sale_id']}/return", completed=False)
    shop.ingest()
    assert shop.sale(parked) == []
    assert len(shop.sale(sale)) == 2
    shop.act(f"sales/{parked['sale_id']}/complete")
    shop.ingest()
    rows = shop.sale(parked)
    assert [(row.quantity, row.price, row.line_total) for row in rows] == [(-2, Decimal("1.5"), -3), (-1, 4, -4)]
    assert all(row.is_return for row in rows)
    assert shop.agrees()


def test_pitfall_12_two_payments_do_not_double_two_lines(shop: Shop):
    split = [{"type": "Cash", "amount": "4.00"}, {"type": "Debit", "amount": "3.58"}]
    sale = shop.act("sales", lines=LINES, payments=split)
    shop.ingest()
    rows = shop.sale(sale)
    assert sum(row.line_total for row in rows) == 7
    assert [row.payment_method for row in rows] == ["Cash", "Cash"]
    assert all(sum(each["amount"] for each in row.payment_methods) == Decimal("7.58") for row in rows)


def test_pitfall_13_payments_are_lines_and_tax_together(shop: Shop):
    sold = [shop.act("sales", lines=LINES), shop.act("sales", lines=LINES[:1])]
    shop.ingest()
    for sale, owed in zip(sold, ("7.58", "3.25"), strict=True):
        rows = shop.sale(sale)
        assert sum(row.price * row.quantity for row in rows) == sum(row.line_total for row in rows)
        paid = sum(each["amount"] for each in rows[0].payment_methods)
        assert paid == Decimal(owed)
        assert abs(sum(row.line_total + row.tax for row in rows) - paid) < Decimal("0.01")


def test_pitfall_14_a_task_that_runs_again_after_any_step_adds_nothing(shop: Shop):
    sale = shop.act("sales", lines=LINES)
    first = tasks.extract("run-retried", 1, shop.checked)
    again = tasks.extract("run-retried", 1, shop.checked)
    assert [batch["batch_id"] for batch in again] == [batch["batch_id"] for batch in first]
    for _ in range(2):
        tasks.load(again)
    for _ in range(2):
        tasks.commit(again)
    tasks.drop_staging(again)
    tasks.drop_staging(again)
    assert len(shop.sale(sale)) == 2
    assert shop.ingest() == []
    assert shop.agrees()


def test_a_load_that_is_cleared_after_the_teardown_loads_again(shop: Shop):
    """A commit that failed to its last attempt leaves the teardown to drop what was staged."""
    sale = shop.act("sales", lines=LINES)
    batches = tasks.extract("run-cleared", 1, shop.checked)
    tasks.load(batches)
    tasks.drop_staging(batches)
    tasks.load(batches)
    tasks.commit(batches)
    tasks.drop_staging(batches)
    assert len(shop.sale(sale)) == 2
    assert shop.agrees()


def test_pitfall_10_no_token_goes_through_xcom_or_the_log(shop: Shop, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    shop.act("sales", lines=LINES)
    went = json.dumps(shop.ingest())
    assert "batch_id" in went
    assert SimulatorSettings().personal_token not in went + caplog.text
