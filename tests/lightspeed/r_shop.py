"""A little R-Series account behind a real server: keyset pages by any time field, ties broken by id."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from include.lightspeed.r_series import RSeriesClient
from tests.lightspeed.scripted import Answer, Request, ScriptedServer


class RShop:
    """Serves ``Sale`` records of ``{"saleID", "timeStamp", "updatetime", "edition"}``.

    ``visible`` decides which records the shop shows, so that a test can let one appear late.
    """

    def __init__(self, server: ScriptedServer, client: RSeriesClient | None = None, limit: int = 100) -> None:
        self.server, self.limit = server, limit
        if client is not None:
            client._page_size = limit
        self.sales: dict[int, dict[str, str]] = {}
        self.visible: Callable[[dict[str, str]], bool] = lambda sale: True
        self.before_answer: Callable[[], None] = lambda: None
        server.script = [self]

    def put(self, number: int, at: datetime, edition: int = 0, updated: datetime | None = None) -> None:
        self.sales[number] = {
            "saleID": str(number),
            "timeStamp": stamp(at),
            "updatetime": stamp(updated or at),
            "edition": str(edition),
        }

    def __call__(self, request: Request) -> Answer:
        self.before_answer()
        query = request.query
        field, descending = query["sort"].removeprefix("-"), query["sort"].startswith("-")
        rows = sorted(
            ((sale[field], int(sale["saleID"]), sale) for sale in self.sales.values() if self.visible(sale)),
            reverse=descending,
        )
        if "timeStamp" in query:
            start = query["timeStamp"].removeprefix(">=,").replace("-00:00", "+00:00")
            rows = [row for row in rows if row[2]["timeStamp"] >= start]
        if "after" in query:
            mark = tuple(json.loads(base64.b64decode(query["after"])))
            rows = [row for row in rows if (row[:2] < mark if descending else row[:2] > mark)]
        return self._page(request, query, rows)

    def _page(self, request: Request, query: dict[str, str], rows: list[Any]) -> Answer:
        limit = int(query["limit"])
        page, rest = rows[:limit], rows[limit:]
        following = ""
        if rest:
            after = base64.b64encode(json.dumps(page[-1][:2]).encode()).decode()
            following = f"{self.server.url}{request.path}?{urlencode(query | {'after': after})}"
        body: dict[str, Any] = {"@attributes": {"next": following, "previous": ""}}
        if page:
            body["Sale"] = [row[2] for row in page] if len(page) > 1 else page[0][2]
        return Answer(body)


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S+00:00")
