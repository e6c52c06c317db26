"""The simulated shop inside this process, on a clock that the client and the shop share: no port, no waiting."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from include.lightspeed.http import RetryPolicy, StaticToken, Transport
from include.lightspeed.oauth import RefreshingToken, TokenPair
from include.lightspeed.r_series import RSeriesClient
from include.lightspeed.rate_limit import LeakyBucketPacer, WindowPacer
from include.lightspeed.records import RowBuilder
from include.lightspeed.x_series import XSeriesClient
from tests.sandbox.lightspeed.conftest import Shop

BASE = "http://shop.test"
logging.getLogger("httpx").setLevel(logging.WARNING)


class AsgiAdapter(BaseAdapter):
    """Carries what a requests session sends to an ASGI app, and writes down when it was sent."""

    def __init__(self, shop: Shop, latency: float = 0.0) -> None:
        super().__init__()
        self.shop, self.latency = shop, latency
        self.log: list[tuple[datetime, str, int]] = []
        self.before: Callable[[], object] = lambda: None

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        self.before()
        sent = self.shop.clock.now
        self.shop.clock.advance(self.latency)
        url = str(request.url).replace(BASE, "http://testserver")
        answer = self.shop.client.request(
            str(request.method), url, headers=dict(request.headers), content=request.body or b""
        )
        self.log.append((sent, str(request.path_url), answer.status_code))
        announced = answer.headers.get("content-length")
        if announced is not None and int(announced) != len(answer.content):
            raise requests.ConnectionError("the connection broke")
        response = requests.Response()
        response.status_code = answer.status_code
        response.headers = CaseInsensitiveDict(answer.headers.items())
        response.raw = io.BytesIO(answer.content.replace(b"http://testserver", BASE.encode()))
        response.request, response.url = request, str(request.url)
        return response

    def close(self) -> None:
        pass


class MemoryStore:
    """A token store in memory; ``history`` is what was saved."""

    def __init__(self, refresh_token: str, now: datetime) -> None:
        self.history = [TokenPair("", refresh_token, now)]

    def load(self) -> TokenPair:
        return self.history[-1]

    def save(self, pair: TokenPair) -> None:
        self.history.append(pair)

    def lease(self) -> AbstractContextManager[None]:
        return nullcontext()


@dataclass
class Reader:
    """A client and what it has read so far, as a warehouse would hold it."""

    client: XSeriesClient | RSeriesClient
    shop: Shop
    adapter: AsgiAdapter
    cursor: str | None = None
    came: list[tuple[str, int]] = field(default_factory=list)
    state: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def poll(self, stream: str = "sales") -> int:
        """Read to the end, as one batch: an error leaves everything as it was. Returns the records that came."""
        builder, cursor, records = RowBuilder(stream, self.client.series, "b"), self.cursor, 0
        for page in self.client.pages(stream, cursor):
            assert builder.add(page.records) == []
            cursor, records = page.cursor, records + len(page.records)
        self._keep(builder)
        self.cursor = cursor
        return records

    def _keep(self, builder: RowBuilder) -> None:
        rows = builder.to_table().to_pylist()
        for header in builder.headers_table().to_pylist():
            known = self.state.get(header["sale_id"])
            if known is None or known["version"] <= header["version"]:
                self.state[header["sale_id"]] = header
                self.lines[header["sale_id"]] = [row for row in rows if row["sale_id"] == header["sale_id"]]
            self.came.append((header["sale_id"], header["version"]))

    def rows(self) -> list[dict[str, Any]]:
        """Every line that the warehouse would show."""
        return sorted((row for rows in self.lines.values() for row in rows), key=lambda row: row["sale_line_id"])

    def wait(self, seconds: float) -> None:
        self.shop.clock.advance(seconds)


def sleeper(shop: Shop) -> Any:
    return shop.clock.advance


def mounted(session: requests.Session, adapter: AsgiAdapter) -> None:
    session.mount(BASE, adapter)


def x_reader(shop: Shop, *, latency: float = 0.0, retry: RetryPolicy | None = None, **options: Any) -> Reader:
    """A reader of X-Series with the shop's personal token."""
    adapter = AsgiAdapter(shop, latency)
    token = StaticToken(shop.settings.personal_token)
    transport = Transport(BASE, token, WindowPacer(), clock=shop.clock, sleep=sleeper(shop), retry=retry)
    mounted(transport._session, adapter)
    return Reader(XSeriesClient(transport, clock=shop.clock, **options), shop, adapter)


def r_reader(shop: Shop, *, latency: float = 0.0, retry: RetryPolicy | None = None, **options: Any) -> Reader:
    """A reader of R-Series whose token pair is kept in memory."""
    adapter, settings = AsgiAdapter(shop, latency), shop.settings
    shop.pairs = shop.pairs or MemoryStore(settings.refresh_token, shop.clock.now)
    token = RefreshingToken(
        shop.pairs,
        f"{BASE}/auth/oauth/token",
        settings.client_id,
        settings.client_secret,
        clock=shop.clock,
        sleep=sleeper(shop),
    )
    mounted(token._session, adapter)
    transport = Transport(BASE, token, LeakyBucketPacer(), clock=shop.clock, sleep=sleeper(shop), retry=retry)
    mounted(transport._session, adapter)
    return Reader(RSeriesClient(transport, settings.account_id, clock=shop.clock, **options), shop, adapter)


def reader(series: str, shop: Shop, **options: Any) -> Reader:
    """A reader of ``x_series``, ``x_series_2026_07`` or ``r_series``."""
    if series == "r_series":
        return r_reader(shop, **options)
    return x_reader(shop, api_version="2026-07" if series == "x_series_2026_07" else "2.0", **options)


def ring_up(shop: Shop, number: int = 1, **sale: Any) -> list[dict[str, Any]]:
    """Sell one line, so many times, a second apart."""
    sold = []
    for _ in range(number):
        shop.clock.advance(1)
        sold.append(shop.act("sales", **({"lines": [{"product_id": 10, "price": "2.50"}]} | sale)))
    return sold


def decoded(page: Any) -> list[dict[str, Any]]:
    return [json.loads(bytes(raw)) for raw in page.records]
