"""Fixtures of the client's tests: a scripted server, a fake time, and a client of each series."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from include.lightspeed.http import StaticToken, Transport
from include.lightspeed.r_series import RSeriesClient
from include.lightspeed.rate_limit import LeakyBucketPacer, WindowPacer
from include.lightspeed.x_series import XSeriesClient
from tests.lightspeed.scripted import FakeTime, ScriptedServer
from tests.sandbox.lightspeed.conftest import Shop, filled, open_shop, sales_file, served

__all__ = ["filled", "open_shop", "sales_file", "served"]


@pytest.fixture
def shop(open_shop: Callable[..., Shop]) -> Iterator[Shop]:
    """The small shop; its app runs in one event loop for the whole test."""
    shop = open_shop()
    with shop.client:
        yield shop


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def x_transport(server: ScriptedServer, time: FakeTime) -> Iterator[Transport]:
    transport = Transport(server.url, StaticToken("lsxs_pt_secret"), WindowPacer(), clock=time.clock, sleep=time.sleep)
    yield transport
    transport.close()


@pytest.fixture
def r_transport(server: ScriptedServer, time: FakeTime) -> Iterator[Transport]:
    transport = Transport(server.url, StaticToken("secret"), LeakyBucketPacer(), clock=time.clock, sleep=time.sleep)
    yield transport
    transport.close()


@pytest.fixture
def x_client(x_transport: Transport, time: FakeTime) -> XSeriesClient:
    return XSeriesClient(x_transport, clock=time.clock, page_size=3)


@pytest.fixture
def r_client(r_transport: Transport, time: FakeTime) -> RSeriesClient:
    return RSeriesClient(r_transport, "100001", clock=time.clock)
