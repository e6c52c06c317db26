"""A little X-Series retailer behind a real server: a compacted feed whose records may become visible late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.lightspeed.scripted import Answer, Request, ScriptedServer


class XShop:
    """Serves a feed of ``{"id", "version", "status"}``; ``hidden`` versions are not visible yet."""

    def __init__(self, server: ScriptedServer, page_size: int = 100) -> None:
        self.server, self.page_size = server, page_size
        self.sales: dict[str, int] = {}
        self.hidden: set[int] = set()
        self.odd: dict[int, Any] = {}
        self.newest = 2_691_964_000
        self.before_answer: Callable[[], None] = lambda: None
        server.script = [self]

    def put(self, name: str, *, hidden: bool = False) -> int:
        """Create or change a sale; returns its new version."""
        self.newest += 3
        self.sales[name] = self.newest
        if hidden:
            self.hidden.add(self.newest)
        return self.newest

    def __call__(self, request: Request) -> Answer:
        self.before_answer()
        after, before = int(request.query["after"]), int(request.query.get("before", 2**63))
        visible = ((version, name) for name, version in self.sales.items() if version not in self.hidden)
        rows = sorted(row for row in visible if after < row[0] < before)
        size = min(self.page_size, int(request.query["page_size"]))
        data = [self.odd.get(v, {"id": name, "version": v, "status": "CLOSED"}) for v, name in rows[:size]]
        ends = (rows[0][0], rows[:size][-1][0]) if rows else (None, None)
        return Answer({"data": data, "version": {"min": ends[0], "max": ends[1]}})
