"""Both API series through the production tasks: HTTP, Cloud Storage, load jobs, one transaction a batch."""

from __future__ import annotations

import datetime as dt
import os

import pytest
import requests
from google.cloud import bigquery

from include.landing import tasks
from sandbox.connections import lightspeed_variables, seed_secret
from sandbox.demo import shop_totals
from sandbox.stack import PROJECT, Ports, Stack
from sandbox.warehouse import Warehouse

pytestmark = pytest.mark.services


@pytest.fixture(scope="module", params=["x_series", "r_series"])
def shop(request, warehouse: Stack, tmp_path_factory):
    """A shop of 1,500 sales with no live ones, ingested by production code into a dataset of its own."""
    dataset = f"ingest_{request.param}"
    # The Lightspeed simulator has ports and data of its own; BigQuery and Cloud Storage are the session's.
    with Stack(tmp_path_factory.mktemp("shop"), Ports.free()) as stack, pytest.MonkeyPatch.context() as patch:
        stack.start_lightspeed("--registers", "200", "--speed", "0", "--max-history-sales", "1500")
        seed_secret(stack)
        for name, value in lightspeed_variables(stack, request.param).items():
            patch.setenv(name, value)
        patch.setenv("SECRET_MANAGER_URL", stack.secrets_url)
        patch.setenv("BIGQUERY_DATASET", dataset)
        patch.setenv("LIGHTSPEED_IDLE_SECONDS", "1")
        patch.setenv("LIGHTSPEED_POLL_SECONDS", "0.2")
        patch.setenv("LIGHTSPEED_BATCH_MAX_SALES", "30000")
        yield stack, Warehouse(warehouse, f"{PROJECT}.{dataset}")


def ingest_all(references_checked_at: dt.datetime | None) -> int:
    """Run the tasks until nothing is new; returns the number of runs that brought something."""
    for number in range(150):
        batches = tasks.extract(f"run-{os.urandom(3).hex()}", 1, references_checked_at)
        if not batches:
            return number
        tasks.load(batches)
        tasks.commit(batches)
        tasks.drop_staging(batches)
        references_checked_at = tasks.utc_now()
    raise AssertionError("The stream does not end.")


def test_every_day_equals_the_shop_in_sales_lines_and_totals(shop):
    stack, warehouse = shop
    assert ingest_all(None) >= 2
    totals = shop_totals(stack.lightspeed_url)
    assert sum(sales for sales, _, _ in totals.values()) == 1500
    assert warehouse.day_totals() == totals


def test_a_second_pass_over_nothing_new_changes_nothing(shop):
    _, warehouse = shop
    before = warehouse.day_totals()
    assert ingest_all(tasks.utc_now()) == 0
    assert warehouse.day_totals() == before


def test_a_sale_at_the_till_arrives_once(shop):
    stack, warehouse = shop
    sale = {
        "lines": [{"product_id": 1, "quantity": 2, "price": "1.50"}, {"product_id": 2, "quantity": 1, "price": "4.00"}],
        "customer_id": 5,
        "payments": [{"type": "Cash", "amount": "4.00"}, {"type": "Debit", "amount": "3.58"}],
    }
    requests.post(f"{stack.lightspeed_url}/_sandbox/sales", json=sale, timeout=30).raise_for_status()
    assert ingest_all(tasks.utc_now()) == 1
    assert warehouse.day_totals() == shop_totals(stack.lightspeed_url)


def test_no_staging_table_is_left(shop, bigquery_client: bigquery.Client):
    _, warehouse = shop
    names = {table.table_id for table in bigquery_client.list_tables(warehouse.dataset)}
    assert "sales" in names
    assert not {name for name in names if name.startswith("staging_")}
