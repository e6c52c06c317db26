"""A shop with customers who are known in every kind of store, for tests that forget them."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.forgetting import proofs, tasks
from include.forgetting.case import Case
from include.landing.tasks import utc_now
from include.settings import Settings
from include.warehouse.client import storage_hook
from sandbox.lightspeed.records import uuid_of
from tests.replay.shop import LINES, Shop, open_shop

AS_OF = dt.date(2026, 3, 1)
SCORED = f"predictions/as_of={AS_OF}/v1/buckets-000000-999999.parquet"
BOB = "bob@example.com"


class KnownShop:
    """The shop, and what is asked of it about one customer."""

    def __init__(self, shop: Shop, series: str) -> None:
        self.shop, self.series = shop, series

    def id_of(self, number: int) -> str:
        return uuid_of("customer", number) if self.series == "x_series" else str(number)

    def meet(self, *numbers: int) -> None:
        """Let customers buy, change their addresses and buy again, and be known everywhere.

        The first one has a sale that was rejected, too.
        """
        for address in ("first", "second"):
            for number in numbers:
                self.touch(number, address)
                self.shop.act("sales", lines=LINES, customer_id=number)
            self.ingest()
        self.shop.ingest_misfits(numbers[0])
        for number in numbers:
            for table in DERIVED:
                self.derive(number, table)
        self.score(*map(self.id_of, numbers))

    def touch(self, number: int, address: str) -> None:
        """Give a customer an address."""
        self.shop.act(f"customers/{number}", emails=[f"{address}.{number}@example.com"])

    def ingest(self) -> None:
        """Ingest whatever is new, customers too."""
        self.shop.checked = None
        self.shop.ingest()

    def derive(self, number: int, table: str) -> None:
        """Insert a row that another part of the product would have made of a customer."""
        columns, values = DERIVED[table]
        text = values.format(customer=self.id_of(number), number=number)
        self.shop.run(f"INSERT INTO @@{table} ({columns}) VALUES ({text})")

    def score(self, *customers: str) -> None:
        """Put an object with scores of customers, and of another one, into the bucket."""
        sink = io.BytesIO()
        known = [*customers, "other"]
        pq.write_table(pa.table({"customer_id": known, "as_of": [AS_OF] * len(known)}), sink)
        storage_hook(Settings.from_environment()).upload(self.bucket, SCORED, data=sink.getvalue())

    @property
    def bucket(self) -> str:
        return Settings.from_environment().landing_bucket

    def forget(self, number: int, dry_run: bool = False) -> list[str]:
        customer = self.id_of(number)
        found = tasks.find(self.series, customer, "customer_request", dry_run)
        if not dry_run:
            tasks.forget(self.series, customer)
            tasks.prove(self.series, customer)
        return found

    def search(self, number: int) -> list[str]:
        """Tables and folders that name the customer, by id or by any address that they ever had, and how often."""
        addresses = [f"{each}.{number}@example.com" for each in ("first", "second")]
        case = Case(self.series, self.id_of(number), "other", utc_now(), {"email": addresses}, 0, [])
        work = tasks._Work.connect()
        return [line.partition(" of ")[0] for line in proofs.search(work.warehouse, work.store, case).sentences()]

    def totals(self) -> list[tuple[Any, ...]]:
        """Lines, sales and amount of each day."""
        text = (
            f"SELECT DATE(timestamp) AS day, COUNT(*) AS n, COUNT(DISTINCT sale_id) AS sales, SUM(line_total) AS amount"
            f" FROM `{self.shop.dataset}.sales` GROUP BY day ORDER BY day"
        )
        return [tuple(row.values()) for row in self.shop.client.query_and_wait(text)]

    def proof(self) -> dict[tuple[str, str], int]:
        """(phase, table or folder) -> found, of the newest search."""
        rows = self.shop.client.query_and_wait(
            f"SELECT phase, name, found FROM `{self.shop.dataset}.forget_proofs` ORDER BY checked_at"
        )
        return {(row["phase"], row["name"]): row["found"] for row in rows}


DERIVED = {
    "customer_features": ("snapshot_date, customer_id, bucket", f"DATE '{AS_OF}', '{{customer}}', 1"),
    "customer_predictions": (
        "customer_id, as_of, model_version, horizon_days, method",
        f"'{{customer}}', DATE '{AS_OF}', 'v1', 30, 'trained'",
    ),
    "customer_profiles_v1": ("customer_id, as_of, model_version", f"'{{customer}}', DATE '{AS_OF}', 'v1'"),
    "customer_objections": ("customer_id, purpose, objected_at", "'{customer}', 'contact', CURRENT_TIMESTAMP()"),
    "staging_sales_99999999_left_rows": ("sale_line_id, customer_id", "'{number}', '{customer}'"),
    "customer_features_training_20260301": ("customer_id", "'{customer}'"),
    "mail_of_later": ("counterpart", f"'first.{{number}}@example.com'), ('{BOB}'"),
}
"""Table -> columns and values of a row that other parts of the product would have made of a customer."""

SHORT_LIVED = {
    "staging_sales_99999999_left_rows": "sale_line_id STRING, customer_id STRING",
    "customer_features_training_20260301": "customer_id STRING",
    "mail_of_later": "counterpart STRING",
}


@contextmanager
def known_shop(series: str, data: Path, client: Any, dataset: str) -> Generator[KnownShop]:
    """The shop of the replay tests in a dataset that has every table, and some that no file makes."""
    with open_shop(series, data, client, dataset.rpartition(".")[2]) as shop, pytest.MonkeyPatch.context() as patch:
        patch.setattr("include.warehouse.tables.ensure", lambda *_: [])
        for name, columns in SHORT_LIVED.items():
            shop.run(f"CREATE OR REPLACE TABLE @@{name} ({columns})")
        yield KnownShop(shop, series)
