"""Answers that are huge, that unpack into something huge, or that are nested without end, end in one clear error."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable

import pytest

from include.lightspeed import bodies, r_pages, raw_pages, x_pages
from include.lightspeed.errors import UnexpectedResponse
from include.lightspeed.http import Transport
from include.lightspeed.oauth import LARGEST_GRANT
from include.lightspeed.x_series import XSeriesClient
from tests.lightspeed.scripted import Answer, ScriptedServer
from tests.lightspeed.test_oauth import Cloud, cloud, worker

__all__ = ["cloud", "worker"]

MIB = 1024 * 1024
DEEP = b"[" * 100_000 + b"]" * 100_000


def test_an_answer_of_the_largest_size_is_read(
    x_transport: Transport, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bodies, "LARGEST", 2 * MIB)
    server.script = [Answer(b"x" * 2 * MIB)]
    assert len(x_transport.get("/t")) == 2 * MIB


@pytest.mark.parametrize("status", [200, 404, 500])
def test_a_larger_answer_is_given_up(
    x_transport: Transport, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, status: int
):
    monkeypatch.setattr(bodies, "LARGEST", 2 * MIB)
    server.script = [Answer(b"x" * (2 * MIB + 1), status=status)]
    with pytest.raises(UnexpectedResponse, match="more than 2 MiB"):
        x_transport.get("/t")
    assert len(server.requests) == 1


def bomb(layers: int) -> bytes:
    """256 MiB of zeros, packed once or more often."""
    packed = gzip.compress(bytes(MIB), 9) * 256
    for _ in range(layers - 1):
        packed = gzip.compress(packed, 9)
    return packed


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_bomb_is_given_up_before_it_fills_memory(
    x_transport: Transport, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, layers: int
):
    monkeypatch.setattr(bodies, "LARGEST", 8 * MIB)
    server.script = [Answer(bomb(layers), headers={"Content-Encoding": ", ".join(["gzip"] * layers)})]
    tracemalloc.start()
    with pytest.raises(UnexpectedResponse, match="more than 8 MiB"):
        x_transport.get("/t")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 * MIB


def test_an_answer_of_the_token_endpoint_is_limited_too(cloud: Cloud, worker: Callable[[], Transport]):
    cloud.put(refresh_token="refresh-0")
    cloud.server.script = [
        lambda request: Answer(b"x" * (LARGEST_GRANT + 1)) if request.path == "/token" else cloud(request)
    ]
    with pytest.raises(UnexpectedResponse, match="more than 1 MiB"):
        worker().get("/t")


@pytest.mark.parametrize(
    "body",
    [
        DEEP,
        b'{"data":' + DEEP + b',"version":{"min":1,"max":1}}',
        b'{"data":[{"id":"a","x":' + DEEP + b'}],"version":{"min":1,"max":1}}',
        b'{"@attributes":{"next":""},"Sale":' + DEEP + b"}",
        b'{"@attributes":' + DEEP + b"}",
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ],
    ids=["bare", "data", "record", "relation", "attributes", "objects"],
)
def test_a_page_that_is_nested_without_end_is_refused(body: bytes):
    for parse in (
        lambda: x_pages.parse_feed(body, "sales", "/t", "2.0"),
        lambda: x_pages.parse_list(body, "/t", "2026-07"),
        lambda: x_pages.parse_one(body, "/t", "2.0"),
        lambda: r_pages.parse_page(body, r_pages.RESOURCES["sales"], "/t", 100),
    ):
        with pytest.raises(UnexpectedResponse, match=r"^GET /t "):
            parse()
    for series in ("r_series", "x_series"):
        with pytest.raises(ValueError, match=r"nested|Expected|missing"):
            raw_pages.records_of(body, series, "sales")


def test_such_a_page_leaves_the_cursor_where_it_was(x_client: XSeriesClient, server: ScriptedServer):
    server.script = [Answer(b'{"data":' + DEEP + b',"version":{"min":1,"max":1}}')]
    with pytest.raises(UnexpectedResponse):
        list(x_client.pages("sales", None))
    assert len(server.requests) == 1
