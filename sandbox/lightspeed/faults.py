"""Injected faults: the next N API requests answer something else than they should."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final, Literal

from sandbox.lightspeed.gate import respond
from sandbox.lightspeed.page_faults import PAGE_KINDS, SHAPES, Page, identity, without
from sandbox.lightspeed.rate_limit import R_TOO_MANY, X_TOO_MANY

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

FaultKind = Literal[
    "429",
    "429_date",
    "500",
    "503",
    "502_html",
    "html",
    "empty",
    "truncated",
    "disconnect",
    "slow",
    "new_version",
    "fewer",
    "duplicated",
    "reordered",
    "repeated",
    "late",
    "mutated",
]
"""What can go wrong.

``429`` states its wait in seconds and ``429_date`` as an HTTP date; ``html`` is a page of a proxy with status 200;
``slow`` hangs for so many seconds; ``repeated`` gives the answer before this one again; ``late`` hides the row
before the last one (in R-Series of the last page) from the next ``count`` answers; ``mutated`` voids the first sale
of the page just before it.
"""
_HTML: Final = b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"


@dataclass
class Fault:
    """One kind of fault, for the next ``count`` requests whose path starts with ``path``."""

    kind: FaultKind
    count: int
    path: str
    seconds: float
    hidden: str = ""


class FaultBox:
    """The faults that wait to happen, oldest first; safe from any thread."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self.last: dict[str, bytes] = {}

    def add(self, fault: Fault) -> None:
        """Queue a fault."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._faults.clear()

    def put_back(self, fault: Fault) -> None:
        """Return a fault that found nothing to spoil: it waits on."""
        with self._lock:
            fault.count += 1
            if fault not in self._faults:
                self._faults.insert(0, fault)

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

    def __init__(
        self, app: ASGIApp, box: FaultBox, clock: Callable[[], datetime], mutate: Callable[[str], None]
    ) -> None:
        self._app = app
        self._box = box
        self._clock = clock
        self._mutate = mutate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, badly if a fault waits for it."""
        spared = scope["type"] != "http" or scope["path"].startswith("/_sandbox/")
        fault = None if spared else self._box.take(scope["path"])
        if fault is None and spared:
            await self._app(scope, receive, send)
        elif fault is None:
            await self._app(scope, receive, _noting(send, scope["path"], self._box))
        elif fault.kind in PAGE_KINDS or fault.kind == "mutated":
            await self._page(fault, scope, receive, send)
        elif fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            await self._app(scope, receive, send)
        elif fault.kind == "new_version":
            path = scope["path"].replace("/api/2.0/", "/api/2026-07/")
            await self._app({**scope, "path": path, "raw_path": path.encode()}, receive, send)
        elif fault.kind in {"truncated", "disconnect"}:
            await self._app(scope, receive, _cutting(send, keep_length=fault.kind == "disconnect"))
        else:
            await _answer(send, fault, self._clock())

    async def _page(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a page that is changed after it was made, or that is made anew after a change in the shop."""
        answer = await _recorded(self._app, scope, receive)
        if fault.kind == "mutated" and answer.body:
            self._mutate(identity(Page(answer.body).rows[0]) if Page(answer.body).rows else "")
            answer = await _recorded(self._app, scope, receive)
        if answer.status == 200:
            answer.body = _changed(answer.body, fault, self._box.last.get(scope["path"]))
        if fault.kind == "late" and not fault.hidden:
            self._box.put_back(fault)
        await answer.send(send)


def _changed(body: bytes, fault: Fault, before: bytes | None) -> bytes:
    if fault.kind == "repeated":
        return before or body
    page = Page(body)
    if fault.kind == "late":
        if not fault.hidden and len(page.rows) > 1 and page.is_last:
            fault.hidden = identity(page.rows[-2])
        without(page, fault.hidden)
    elif fault.kind in SHAPES:
        SHAPES[fault.kind](page)
    return page.encoded()


@dataclass
class _Answer:
    """A whole response of the app."""

    status: int
    headers: dict[str, str]
    body: bytes

    async def send(self, send: Send) -> None:
        """Send it on, with the length that it has now."""
        kind = self.headers.pop("content-type", "application/json")
        self.headers.pop("content-length", None)
        await respond(send, self.status, self.body, self.headers, kind)


async def _recorded(app: ASGIApp, scope: Scope, receive: Receive) -> _Answer:
    answer = _Answer(0, {}, b"")

    async def record(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {
                name.decode("latin-1").lower(): text.decode("latin-1") for name, text in message["headers"]
            }
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, record)
    return answer


def _noting(send: Send, path: str, box: FaultBox) -> Send:
    """Keep the body of the last answer of a path, for ``repeated``."""

    async def sender(message: Message) -> None:
        if message["type"] == "http.response.body":
            box.last[path] = message.get("body", b"")
        await send(message)

    return sender


async def _answer(send: Send, fault: Fault, now: datetime) -> None:
    if fault.kind in {"502_html", "html"}:
        await respond(send, 502 if fault.kind == "502_html" else 200, _HTML, {}, "text/html")
    elif fault.kind == "429_date":
        until = (now + timedelta(seconds=fault.seconds + 1)).replace(microsecond=0)
        await respond(send, 429, X_TOO_MANY, {"Retry-After": format_datetime(until, usegmt=True)})
    elif fault.kind == "503":
        await respond(send, 503, b'{"error":"Service Unavailable","message":"Injected fault"}', {})
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
