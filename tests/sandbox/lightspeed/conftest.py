"""A small shop: 12 sales of known amounts before noon of 2026-03-02 and 3 that are to be sold after it."""

from __future__ import annotations

import shutil
import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uvicorn
from fastapi.testclient import TestClient

from sandbox.lightspeed import dataset, history
from sandbox.lightspeed.app import create_app
from sandbox.lightspeed.oauth import OAuth
from sandbox.lightspeed.records import Sale
from sandbox.lightspeed.settings import SimulatorSettings
from sandbox.lightspeed.store import Store
from sandbox.process import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ACCOUNT = "/API/V3/Account/100001"


class HandClock:
    """A clock that moves only when told to."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def sales_table() -> pa.Table:
    """Sale i (1..12) is i hours before noon and has i % 3 + 1 lines; 101..103 follow noon by minutes."""
    rows = []
    for number in range(1, 13):
        for line in range(number % 3 + 1):
            moment = NOON - timedelta(hours=number)
            rows.append((moment, 1 + number % 4, 10 + line, 1 + line, 1.25 * number, "Cash", number))
    for number in range(101, 104):
        moment = NOON + timedelta(minutes=number - 100)
        rows.append((moment, 2, 10, 1, 3.0, "Credit Card", number))
    names = ("timestamp", "customer_id", "product_id", "quantity", "price", "payment_method", "sale_id")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


@dataclass
class Shop:
    """A running simulator with its clock; ``r`` and ``x`` are requests with that series' credentials.

    ``pairs`` is where the clients of a test keep the R-Series token pair.
    """

    client: TestClient
    store: Store
    clock: HandClock
    settings: SimulatorSettings
    token: str = ""
    pairs: Any = None

    def sale(self, sale_id: int) -> Sale:
        """A stored sale that must be there."""
        found = self.store.sale(sale_id)
        assert found is not None
        return found

    def x(self, path: str, **query: Any) -> Any:
        headers = {"authorization": f"Bearer {self.settings.personal_token}"}
        return self.client.get(path, params=query, headers=headers)

    def grant(self, refresh_token: str | None = None) -> Any:
        form = {
            "grant_type": "refresh_token",
            "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret,
            "refresh_token": refresh_token or self.settings.refresh_token,
        }
        return self.client.post("/auth/oauth/token", data=form)

    def grant_x(self, refresh_token: str | None = None) -> Any:
        form = {
            "grant_type": "refresh_token",
            "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret,
            "refresh_token": refresh_token or self.settings.x_refresh_token,
        }
        return self.client.post("/api/1.0/token", data=form)

    def r(self, path: str, **query: Any) -> Any:
        if not self.token:
            self.token = self.grant().json()["access_token"]
        url = path if path.startswith("http") else f"{ACCOUNT}/{path}"
        return self.client.get(url, params=query or None, headers={"authorization": f"Bearer {self.token}"})

    def act(self, act: str, /, **body: Any) -> Any:
        answer = self.client.post(f"/_sandbox/{act}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="session")
def sales_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sales") / "sales.parquet"
    pq.write_table(sales_table(), path)
    return path


@pytest.fixture(scope="session")
def filled(sales_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store as the first start leaves it, signing key included: each test works on a copy."""
    path = tmp_path_factory.mktemp("filled") / "lightspeed.sqlite3"
    store, settings = Store(path), SimulatorSettings(speed=0, registers=5)
    history.fill(store, dataset.sales_file(sales_file), settings, NOON)
    OAuth(store, settings, HandClock(NOON))
    store.close()
    return path


@pytest.fixture
def open_shop(filled: Path, tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    """Open a shop with changed settings; opening twice is a restart over the same store."""
    opened: list[Shop] = []

    def opener(now: datetime = NOON, **changes: Any) -> Shop:
        settings = replace(SimulatorSettings(speed=0, registers=5), **changes)
        path = tmp_path / "lightspeed.sqlite3"
        if not path.exists():
            shutil.copy(filled, path)
        store, clock = Store(path), HandClock(now)
        shop = Shop(TestClient(create_app(store, settings, clock)), store, clock, settings)
        opened.append(shop)
        return shop

    yield opener
    for shop in opened:
        shop.store.close()


@pytest.fixture
def shop(open_shop: Callable[..., Shop]) -> Shop:
    return open_shop()


def wait_for(base: str, seconds: float = 20) -> None:
    """Wait until the simulator answers."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            httpx.get(f"{base}/_sandbox/health").raise_for_status()
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


@pytest.fixture
def served(shop: Shop) -> Iterator[str]:
    """The small shop on a real port."""
    port = free_port()
    config = uvicorn.Config(shop.client.app, host="127.0.0.1", port=port, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(base := f"http://127.0.0.1:{port}")
    yield base
    server.should_exit = True
    thread.join(10)
