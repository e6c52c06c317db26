"""Asks a server for the same kind of thing over and over, from many connections, and times every answer."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable


@dataclasses.dataclass
class Load:
    """Seconds of every answer, and of the whole."""

    answers: list[float] = dataclasses.field(default_factory=list)
    seconds: float = 0.0

    def per_second(self) -> float:
        """Answers a second."""
        return len(self.answers) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the answers came."""
        return 1000 * sorted(self.answers)[min(int(share * len(self.answers)), len(self.answers) - 1)]


async def ask(host: str, port: int, requests: Callable[[int], bytes], clients: int, seconds: float) -> Load:
    """Keep `clients` connections busy; `requests(number)` gives the bytes of a request.

    Raises:
        RuntimeError: an answer was not a 200.
    """
    load = Load()
    began = time.perf_counter()
    deadline = began + seconds
    numbers = iter(range(1_000_000_000))

    async def client() -> None:
        reader, writer = await asyncio.open_connection(host, port)
        while time.perf_counter() < deadline:
            asked = time.perf_counter()
            writer.write(requests(next(numbers)))
            await _answer(reader)
            load.answers.append(time.perf_counter() - asked)
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    load.seconds = time.perf_counter() - began
    return load


async def _answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"The server answered {head.splitlines()[0]!r}.")
    length = head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0]
    await reader.readexactly(int(length))
