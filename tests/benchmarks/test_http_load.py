"""The load on the API is what it says: every request is answered, timed, and an error stops it."""

from __future__ import annotations

import asyncio
import collections

import pytest

from benchmarks.http_load import Load, ask


async def _serve_and_ask(status: bytes) -> tuple[Load, collections.Counter[bytes]]:
    seen: collections.Counter[bytes] = collections.Counter()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            seen[head.split()[1]] += 1
            await asyncio.sleep(0.01)
            writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 2\r\n\r\n{}")

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    load = await ask(host, port, lambda number: b"GET /%d HTTP/1.1\r\n\r\n" % (number % 3), 4, 0.3)
    return load, seen


def test_every_request_is_answered_and_timed():
    load, seen = asyncio.run(_serve_and_ask(b"200 OK"))
    assert len(load.answers) == sum(seen.values())
    assert set(seen) == {b"/0", b"/1", b"/2"}
    assert load.percentile(0) >= 10
    assert load.percentile(0.5) <= load.percentile(0.99)
    assert load.per_second() == pytest.approx(len(load.answers) / load.seconds)


def test_an_answer_that_is_an_error_stops_the_measurement():
    with pytest.raises(RuntimeError, match="503"):
        asyncio.run(_serve_and_ask(b"503 Service Unavailable"))
