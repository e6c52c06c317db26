"""Injected faults: the next N API requests answer something else than they should."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from sandbox.lightspeed.gate import respond
from sandbox.lightspeed.rate_limit import R_TOO_MANY

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

FaultKind = Literal["429", "500", "502_html", "empty", "truncated", "disconnect", "slow", "new_version"]
_HTML: Final = b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"


@dataclass
class Fault:
    """One kind of fault, for the next ``count`` requests whose path starts with ``path``."""

    kind: FaultKind
    count: int
    path: str
    seconds: float


class FaultBox:
    """The faults that wait to happen, oldest first; safe from any thread."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Queue a fault."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._faults.clear()

    def take(self, path: str) -> Fault | None:
        """The fault that the next request to ``path`` suffers, counted down; None if it suffers none."""
        with self._lock:
            for fault in self._faults:
                if path.startswith(fault.path):
                    fault.count -= 1
                    if fault.count <= 0:
                        self._faults.remove(fault)
                    return fault
        return None


class Faults:
    """ASGI middleware that makes the faults of a `FaultBox` happen; control endpoints are spared."""

    def __init__(self, app: ASGIApp, box: FaultBox) -> None:
        self._app = app
        self._box = box

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, badly if a fault waits for it."""
        spared = scope["type"] != "http" or scope["path"].startswith("/_sandbox/")
        fault = None if spared else self._box.take(scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            await self._app(scope, receive, send)
        elif fault.kind == "new_version":
            path = scope["path"].replace("/api/2.0/", "/api/2026-07/")
            await self._app({**scope, "path": path, "raw_path": path.encode()}, receive, send)
        elif fault.kind in {"truncated", "disconnect"}:
            await self._app(scope, receive, _cutting(send, keep_length=fault.kind == "disconnect"))
        else:
            await _answer(send, fault)


async def _answer(send: Send, fault: Fault) -> None:
    if fault.kind == "502_html":
        await respond(send, 502, _HTML, {}, "text/html")
    elif fault.kind == "empty":
        await respond(send, 200, b"{}", {})
    elif fault.kind == "429":
        await respond(send, 429, R_TOO_MANY, {"Retry-After": str(max(1, round(fault.seconds)))})
    else:
        await respond(send, 500, b'{"error":"Internal Server Error","message":"Injected fault"}', {})


def _cutting(send: Send, *, keep_length: bool) -> Send:
    """Sends half of the body: as a whole response, or under the full length (the connection then breaks)."""
    start: Message = {}

    async def sender(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
            return
        half = message.get("body", b"")[: len(message.get("body", b"")) // 2]
        if start and not keep_length:
            kept = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
            start["headers"] = [*kept, (b"content-length", str(len(half)).encode())]
        if start:
            await send(start)
            start = {}
        await send({"type": "http.response.body", "body": half})

    return sender
