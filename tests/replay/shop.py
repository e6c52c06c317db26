"""A shop with a history, ingested by the production tasks, and its replays."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from include.landing import tasks
from include.lightspeed.http import Transport
from include.lightspeed.r_series import RSeriesClient
from include.lightspeed.x_series import XSeriesClient
from include.replay import tasks as replay
from include.replay.tables import TABLES, Scope, scope
from include.settings import Settings
from include.warehouse.client import storage_hook
from include.warehouse.tables import ensure
from sandbox.connections import lightspeed_variables, seed_secret
from sandbox.stack import PROJECT, Ports, Stack

LINES = [{"product_id": 1, "quantity": 2, "price": "1.50"}, {"product_id": 2, "quantity": 1, "price": "4.00"}]

MISFIT = re.compile(rb'("(?:unitQ|q)uantity":)"?7777(?:\.0+)?"?')


class Shop:
    """A simulated shop and the dataset that its sales go to."""

    def __init__(self, stack: Stack, client: Any, name: str) -> None:
        self.stack, self.client = stack, client
        self.dataset = f"{PROJECT}.{name}"
        self.checked: dt.datetime | None = None

    def act(self, act: str, **body: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.stack.lightspeed_url}/_sandbox/{act}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def extract(self) -> list[dict[str, Any]]:
        return tasks.extract(f"run-{os.urandom(3).hex()}", 1, self.checked)

    def ingest(self) -> None:
        """Run the tasks until nothing is new."""
        while batches := self.extract():
            self.finish(batches)
            self.checked = tasks.utc_now()

    def finish(self, batches: list[dict[str, Any]]) -> None:
        tasks.load(batches)
        tasks.commit(batches)
        tasks.drop_staging(batches)

    def ingest_misfits(self, customer_id: int = 0) -> None:
        """Ingest a sale of which one line has a quantity that is no number."""
        lines = [{"product_id": 1, "quantity": 7777, "price": "1.00"}]
        sale = self.act("sales", lines=lines, customer_id=customer_id)
        get = Transport.get
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Transport, "get", lambda self, target: MISFIT.sub(rb'\1"?"', get(self, target)))
            self.ingest()
        self.act(f"sales/{sale['sale_id']}/void")
        self.ingest()

    def rows(self, table: str) -> list[str]:
        """All rows of a table, sorted, every column."""
        text = f"SELECT TO_JSON_STRING(held) AS content FROM `{self.dataset}.{table}` AS held ORDER BY content"
        return [row["content"] for row in self.client.query_and_wait(text)]

    def everything(self) -> dict[str, list[str]]:
        return {table: self.rows(table) for table in TABLES}

    def run(self, statement: str) -> None:
        self.client.query_and_wait(statement.replace("@@", f"{self.dataset}."))

    def leftovers(self) -> list[str]:
        """Short-lived tables that are still there."""
        names = [table.table_id for table in self.client.list_tables(self.dataset)]
        return [name for name in names if name.startswith(("replay_", "staging_"))]

    def replay(self, scope: Scope, dry_run: bool = False) -> None:
        run = f"replay-{os.urandom(3).hex()}"
        try:
            name = replay.compare(run, 1, scope, replay.parse(run, scope))
            if not dry_run:
                replay.swap(run, scope, name)
        finally:
            replay.clean(run, scope)


WHOLE = scope(list(TABLES), None, None)
SALES = scope(["sales", "sale_versions", "ingest_batches", "ingest_locks"], None, None)


@contextmanager
def open_shop(series: str, data: Path, client: Any, dataset: str = "") -> Generator[Shop]:
    """A shop of twenty old sales, and new ones that were edited, moved, voided, returned, reopened or do not fit.

    In a data set that is given, the twenty old ones alone, with all customers.

    Args:
        series: `r_series` or `x_series`.
        data: folder of the shop's own data.
        client: BigQuery client.
        dataset: name of one that has every table; empty: a new one with those of the landing.
    """
    name = dataset or f"replay_{series}_{os.urandom(2).hex()}"
    with Stack(data, Ports.free()) as stack, pytest.MonkeyPatch.context() as patch:
        stack.start_lightspeed("--registers", "200", "--speed", "0", "--max-history-sales", "20")
        seed_secret(stack)
        variables = lightspeed_variables(stack, series) | {
            "SECRET_MANAGER_URL": stack.secrets_url,
            "BIGQUERY_DATASET": name,
            "LANDING_BUCKET": name.replace("_", "-"),
            "LIGHTSPEED_IDLE_SECONDS": "0.1",
            "LIGHTSPEED_POLL_SECONDS": "0.1",
        }
        for variable, value in variables.items():
            patch.setenv(variable, value)
        for kind in (XSeriesClient, RSeriesClient):
            patch.setattr(kind, "pages", _few_references(kind.pages, ("sales", "customers") if dataset else ("sales",)))
        ensure(
            client,
            f"{PROJECT}.{name}",
            "US",
            [*TABLES, "schema_changes", "forgotten_customers", "forgotten_identities"],
        )
        storage_hook(Settings.from_environment()).get_conn().bucket(name.replace("_", "-")).create(location="US")
        patch.setattr(tasks, "prepare", lambda *_: None)
        shop = Shop(stack, client, name)
        shop.ingest()
        if not dataset:
            _trade(shop)
        yield shop


def _few_references(pages: Any, whole: tuple[str, ...]) -> Any:
    """One page a poll of all but some streams: the shop has tens of thousands of products."""
    return lambda self, stream, cursor: itertools.islice(pages(self, stream, cursor), None if stream in whole else 1)


def _trade(shop: Shop) -> None:
    early = tasks.utc_now() - dt.timedelta(days=3)
    sold = [shop.act("sales", lines=LINES) for _ in range(4)]
    shop.act("sales", lines=LINES, completed_at=early.isoformat())
    shop.ingest()
    shop.act(f"sales/{sold[0]['sale_id']}/edit", completed_at=early.isoformat())
    shop.act(f"sales/{sold[1]['sale_id']}/void")
    parked = shop.act(f"sales/{sold[2]['sale_id']}/return", completed=False)
    shop.ingest()
    shop.act(f"sales/{parked['sale_id']}/complete")
    shop.act("customers/1", email="else@example.com")
    shop.checked = None
    shop.ingest_misfits()
