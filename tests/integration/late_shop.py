"""A shop of either series whose sales change late, read and reconciled by the production tasks."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from typing import Any

import requests

from include.landing import ledger
from include.landing import tasks as landing
from include.landing.batch import Position
from include.landing.extract import Extractor
from include.reconciliation import tasks
from include.settings import Settings
from include.warehouse.client import storage_hook
from sandbox.stack import Stack

LINES = [{"product_id": 1, "quantity": 2, "price": "1.50"}, {"product_id": 2, "quantity": 1, "price": "4.00"}]


@dataclasses.dataclass
class LateShop:
    """The shop, its dataset, and what was done in it.

    Args:
        stack: where the simulator runs.
        client: BigQuery client.
        dataset: `project.dataset`.
        series: `r_series` or `x_series`.
        before: what a comparison said before anything was read.
    """

    stack: Stack
    client: Any
    dataset: str
    series: str
    before: Any

    def act(self, act: str, method: str = "POST", **body: Any) -> dict[str, Any]:
        """Something that people do in the shop."""
        answer = requests.request(method, f"{self.stack.lightspeed_url}/_sandbox/{act}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def sell(self, **how: Any) -> dict[str, Any]:
        """Ring up two lines."""
        return self.act("sales", lines=LINES, **how)

    def lines_of(self, day: str) -> list[dict[str, Any]]:
        """What the shop itself says of a day's lines."""
        return self.act(f"truth/sales?date={day}", "GET")["lines"]

    def totals(self) -> dict[dt.date, tuple[int, int, str]]:
        """What the shop itself says of each day with a sale that counts."""
        days = self.act("totals", "GET")["days"]
        return {
            dt.date.fromisoformat(day["date"]): (day["sales"], day["sale_lines"], f"{float(day['total']):.2f}")
            for day in days
            if day["sales"]
        }

    def key(self, sale: dict[str, Any]) -> str:
        """Id of a sale in this series."""
        return sale["sale_id" if self.series == "r_series" else "x_sale_id"]

    def ingest(self) -> None:
        """Read sales as ingestion does until nothing is new; customers and products are not what is tested."""
        while self.ingest_batch():
            pass

    def ingest_batch(self) -> bool:
        """Read, load and commit one batch of sales; says whether there was any."""
        settings = Settings.from_environment()
        reader = landing.lightspeed(settings)
        extractor = Extractor(reader, storage_hook(settings), settings, _run(), 1, landing.utc_now)
        batch = extractor.extract("sales", self._position())
        if batch:
            self.commit([batch.to_xcom()])
        return batch is not None

    def reconcile(self, first: dt.date | None, last: dt.date | None) -> str | None:
        """Run reconciliation over a span, or the days that are due, as the DAG does; returns what it would tell."""
        run = _run()
        checks = tasks.compare(first, last)
        assert checks is not None
        batches = tasks.reread(checks, run, 1)
        if batches:
            self.commit(batches)
        return tasks.record(checks, batches, run, True)

    def rows(self, statement: str) -> list[Any]:
        """Rows of a query; `{dataset}` stands for the dataset."""
        return list(self.client.query_and_wait(statement.format(dataset=self.dataset)))

    def sale(self, sale: dict[str, Any]) -> list[Any]:
        """Rows of a sale in the table, by line."""
        return self.rows(f"SELECT * FROM `{{dataset}}.sales` WHERE sale_id = '{self.key(sale)}' ORDER BY sale_line_id")

    def held(self) -> dict[dt.date, tuple[int, int, str]]:
        """What the table says of each day."""
        rows = self.rows(
            "SELECT DATE(timestamp) AS day, COUNT(DISTINCT sale_id) AS sales, COUNT(*) AS n, SUM(line_total) AS total"
            " FROM `{dataset}.sales` WHERE NOT is_voided GROUP BY day"
        )
        return {row["day"]: (row["sales"], row["n"], f"{float(row['total']):.2f}") for row in rows}

    def _position(self) -> Position:
        return ledger.position(self.client, self.dataset, "sales", self.series, landing.utc_now())

    def commit(self, batches: list[dict[str, Any]]) -> None:
        """Load and commit landed batches."""
        landing.load(batches)
        landing.commit(batches)
        landing.drop_staging(batches)


def _run() -> str:
    return f"run-{os.urandom(3).hex()}"
