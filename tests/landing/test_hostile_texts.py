"""Ids, names and descriptions made to break statements arrive in BigQuery as they are, and break nothing."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import pytest

from include.landing.batch import BEGINNING
from include.landing.commit import commit
from include.landing.extract import Extractor
from include.landing.load import drop, load
from include.settings import Settings
from include.warehouse.client import storage_hook
from tests.landing.test_no_secret_travels import client_of, server
from tests.lightspeed.scripted import Answer, FakeTime, Request, ScriptedServer
from tests.lightspeed.test_x_records import LINE, PAYMENT, SALE

__all__ = ["server"]
pytestmark = pytest.mark.services

TEXTS = (
    "'; DROP TABLE sales; --",
    "\\'; DELETE FROM sales WHERE TRUE; --",
    "`; SELECT * FROM `customers",
    "{{ params.dataset }}{% include 'x' %}",
    "@batch_id",
    '"""; COMMIT TRANSACTION; """',
    "../../staging_sales_00000001",
    "a\r\nb\tc",
    "=cmd|' /C calc'!A1",
    "\u202e\U0001f600",
)
FIRST = SALE["version"]


def shop(request: Request) -> Answer:
    """Sales, customers and products whose every text is hostile."""
    if request.query["after"] != "0":
        return Answer({"data": [], "version": {"min": None, "max": None}})
    kind = request.path.rpartition("/")[2]
    return Answer({"data": [made(kind, at, text) for at, text in enumerate(TEXTS)], "version": versions()})


def versions() -> dict[str, int]:
    return {"min": FIRST, "max": FIRST + len(TEXTS) - 1}


def made(kind: str, at: int, text: str) -> dict[str, Any]:
    if kind == "customers":
        return {"id": text, "version": FIRST + at, "first_name": text, "email": text}
    if kind == "products":
        return {"id": text, "version": FIRST + at, "name": text, "sku": text}
    line = LINE | {"id": f"line {text}", "product_id": text}
    sale = SALE | {"id": text, "version": FIRST + at, "customer_id": text, "line_items": [line]}
    return sale | {"payments": [PAYMENT | {"name": text}]}


@pytest.fixture
def committed(bigquery_client: Any, dataset: str, server: ScriptedServer, warehouse: Any) -> tuple[Any, str]:
    time, hook = FakeTime(), storage_hook(Settings.from_environment())
    settings = Settings(landing_bucket=f"hostile-{os.urandom(4).hex()}")
    hook.get_conn().bucket(settings.landing_bucket).create(location="US")
    server.script = [shop]
    time.now = dt.datetime.now(tz=dt.UTC)
    extractor = Extractor(client_of("x_series", server, time), hook, settings, "run", 1, time.clock)
    for stream in ("sales", "customers", "products"):
        batch = extractor.extract(stream, BEGINNING)
        assert batch is not None
        assert (batch.records, batch.rejected) == (len(TEXTS), 0)
        load(bigquery_client, dataset, batch, time.now + dt.timedelta(hours=1))
        commit(bigquery_client, dataset, batch, time.now)
        drop(bigquery_client, dataset, batch)
    return bigquery_client, dataset


def test_hostile_texts_are_values_in_every_table(committed: tuple[Any, str]):
    client, dataset = committed
    for column, table in (
        *((name, "sales") for name in ("sale_id", "customer_id", "product_id", "payment_method")),
        *((name, "customers") for name in ("customer_id", "first_name", "email")),
        *((name, "products") for name in ("product_id", "description", "sku")),
    ):
        rows = client.query_and_wait(f"SELECT {column} AS text FROM `{dataset}.{table}`")
        assert sorted(row["text"] for row in rows) == sorted(TEXTS)
    rows = client.query_and_wait(f"SELECT stream, records FROM `{dataset}.ingest_batches`")
    assert {(row["stream"], row["records"]) for row in rows} == {
        (stream, len(TEXTS)) for stream in ("sales", "customers", "products")
    }
