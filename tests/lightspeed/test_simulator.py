"""Both series, over HTTP and end to end, against the Lightspeed and Secret Manager simulators."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from airflow.sdk import Connection

from include.lightspeed.client import STREAMS, LightspeedClient
from include.lightspeed.connection import client_from_connection
from include.lightspeed.errors import UnexpectedResponse
from include.lightspeed.records import RowBuilder
from sandbox.lightspeed.settings import SimulatorSettings
from sandbox.stack import Ports, Stack

pytestmark = pytest.mark.services

SECRET = "projects/demo/secrets/lightspeed-client-test"
SERIES = ["x_series", "x_series_2026_07", "x_series_oauth", "r_series"]
FIRST = {"x_series_oauth": SimulatorSettings().x_refresh_token, "r_series": SimulatorSettings().refresh_token}
SECRETS = {name: f"{SECRET}-{name}" for name in FIRST}
PATHS = {name: "/api/2" if name.startswith("x_series") else "/API/V3" for name in SERIES}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("lightspeed"), Ports.free()) as stack:
        stack.start_lightspeed("--max-history-sales", "300", "--speed", "0", "--registers", "200")
        google = {"Authorization": "Bearer google"}
        secrets = httpx.Client(base_url=f"{stack.secrets_url}/v1", headers=google)
        project, _, name = SECRET.rpartition("/secrets/")
        for series, token in FIRST.items():
            made = secrets.post(f"/{project}/secrets", params={"secretId": f"{name}-{series}"}, json={})
            made.raise_for_status()
            # As an operator would store it.
            data = base64.b64encode(json.dumps({"refresh_token": token}).encode()).decode()
            secrets.post(f"/{SECRETS[series]}:addVersion", json={"payload": {"data": data}}).raise_for_status()
        yield stack


@pytest.fixture
def shop(stack: Stack) -> Iterator[httpx.Client]:
    """The simulator's own controls."""
    with httpx.Client(base_url=f"{stack.lightspeed_url}/_sandbox") as shop:
        yield shop
        shop.delete("/faults").raise_for_status()


@pytest.fixture
def connect(stack: Stack) -> Iterator[Callable[[str], LightspeedClient]]:
    clients = []

    def make(series: str) -> LightspeedClient:
        extra: dict[str, Any] = {"series": "r_series" if series == "r_series" else "x_series", "sweep_seconds": 1}
        login, password = None, "lsxs_pt_sandbox"
        if series == "x_series_2026_07":
            extra["api_version"] = "2026-07"
        if series == "r_series":
            extra |= {"account_id": "100001", "token_url": f"{stack.lightspeed_url}/auth/oauth/token"}
        else:
            extra["page_size"] = 120
        if series in FIRST:
            extra["token_secret"] = SECRETS[series]
            login, password = "sandbox-client", "sandbox-client-secret"
        conn = Connection(
            conn_id="lightspeed_default",
            conn_type="http",
            host=stack.lightspeed_url,
            login=login,
            password=password,
            extra=json.dumps(extra),
        )
        clients.append(
            client_from_connection(
                conn,
                {"SECRET_MANAGER_URL": stack.secrets_url},
                clock=lambda: datetime.now(UTC),
                sleep=time.sleep,
                google_headers=lambda: {"Authorization": "Bearer google"},
            )
        )
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def read(client: LightspeedClient, stream: str, cursor: str | None = None) -> tuple[pa.Table, pa.Table, str | None]:
    """Return rows, headers and the last cursor; every record must fit."""
    rows = RowBuilder(stream, client.series, "b1")
    for page in client.pages(stream, cursor):
        assert rows.add(page.records) == []
        cursor = page.cursor
    return rows.to_table(), rows.headers_table(), cursor


def sell(shop: httpx.Client, **sale: Any) -> dict[str, Any]:
    lines = [{"product_id": 1_000_000, "quantity": 2, "price": "1.50"}]
    answer = shop.post("/sales", json={"lines": lines, "payments": [{"type": "Cash", "amount": "3.25"}]} | sale)
    answer.raise_for_status()
    return answer.json()


@pytest.mark.parametrize("series", SERIES)
def test_rows_and_amounts_equal_the_shops_own(
    connect: Callable[[str], LightspeedClient], shop: httpx.Client, series: str
):
    table, headers, cursor = read(connect(series), "sales")
    truth = shop.get("/totals").json()["sum"]
    live = table.filter(~pc.field("is_voided"))
    assert live.num_rows == truth["sale_lines"] > 1000
    assert sum(live["line_total"].to_pylist()) == Decimal(str(truth["total"]))
    assert headers.num_rows >= 300
    assert read(connect(series), "sales", cursor)[0].num_rows == 0


def test_both_series_tell_the_same_story(connect: Callable[[str], LightspeedClient]):
    def story(series: str) -> list[tuple[Any, ...]]:
        names = ["timestamp", "quantity", "price", "line_total", "discount", "payment_method", "is_return"]
        rows = read(connect(series), "sales")[0].select(names).to_pylist()
        return sorted(tuple(str(value) for value in row.values()) for row in rows)

    def catalogue(series: str, stream: str, names: list[str]) -> list[tuple[str, ...]]:
        rows = read(connect(series), stream)[0].select(names).to_pylist()
        return sorted(tuple(str(value) for value in row.values()) for row in rows)

    assert story("x_series") == story("r_series") == story("x_series_2026_07")
    flat, nested = (read(connect(series), "sales") for series in ("x_series", "x_series_2026_07"))
    assert nested[0].equals(flat[0])
    assert nested[1].equals(flat[1])
    customers = ["first_name", "last_name", "email", "phone", "date_of_birth", "accepts_email"]
    assert catalogue("x_series", "customers", customers) == catalogue("r_series", "customers", customers)


@pytest.mark.parametrize("series", SERIES)
def test_every_stream_of_the_simulator_fits(connect: Callable[[str], LightspeedClient], series: str):
    for stream in STREAMS:
        client = connect(series)
        rows, pages = RowBuilder(stream, client.series, "b1"), client.pages(stream, None)
        for _, page in zip(range(3), pages, strict=False):
            assert rows.add(page.records) == []
        assert rows.to_table().num_rows > 100


@pytest.mark.parametrize("series", SERIES)
def test_a_sale_is_followed_from_the_counter_to_the_void(
    connect: Callable[[str], LightspeedClient], shop: httpx.Client, series: str
):
    client = connect(series)
    _, _, cursor = read(client, "sales")
    parked = sell(shop, completed=False)
    table, headers, cursor = read(client, "sales", cursor)
    assert table.num_rows == 0
    assert headers["completed_at"].to_pylist() == [None]
    shop.post(f"/sales/{parked['sale_id']}/complete").raise_for_status()
    table, _, cursor = read(client, "sales", cursor)
    assert table["line_total"].to_pylist() == [Decimal(3)]
    assert table["payment_method"].to_pylist() == ["Cash"]
    time.sleep(1.1)
    shop.post(f"/sales/{parked['sale_id']}/void").raise_for_status()
    table, _, cursor = read(client, "sales", cursor)
    assert table["is_voided"].to_pylist() == [True]
    assert read(client, "sales", cursor)[0].num_rows == 0


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("kind", ["429", "500", "disconnect"])
def test_a_passing_fault_costs_nothing(
    connect: Callable[[str], LightspeedClient], shop: httpx.Client, series: str, kind: str
):
    client = connect(series)
    whole = read(client, "sales")[0]
    shop.post("/faults", json={"kind": kind, "count": 2, "path": PATHS[series], "seconds": 1}).raise_for_status()
    assert read(client, "sales")[0].equals(whole)


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("kind", ["empty", "truncated"])
def test_a_fault_that_looks_like_an_answer_is_an_error(
    connect: Callable[[str], LightspeedClient], shop: httpx.Client, series: str, kind: str
):
    shop.post("/faults", json={"kind": kind, "count": 1, "path": PATHS[series]}).raise_for_status()
    with pytest.raises(UnexpectedResponse):
        read(connect(series), "sales")


@pytest.mark.parametrize("series", FIRST)
def test_revoked_tokens_are_renewed_through_the_secret(
    connect: Callable[[str], LightspeedClient], shop: httpx.Client, series: str
):
    client = connect(series)
    _, _, cursor = read(client, "sales")
    shop.post("/revoke").raise_for_status()
    assert read(client, "sales", cursor)[0].num_rows == 0
    other = connect(series)
    assert read(other, "sales", cursor)[0].num_rows == 0
