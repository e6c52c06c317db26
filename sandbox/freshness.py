"""How long a live sale takes until it can be queried: watched from outside, as a reader would."""

from __future__ import annotations

import dataclasses
import datetime as dt
import statistics
import threading
import time

import requests

from sandbox.stack import Stack
from sandbox.warehouse import Warehouse

POLL_SECONDS = 0.5


@dataclasses.dataclass(frozen=True)
class Freshness:
    """Seconds from completion at the till to the first query that found the row."""

    live_sales: int
    p50_seconds: float
    max_seconds: float


class FreshnessWatch:
    """Asks BigQuery again and again which new sales are there, and notes when each was seen first.

    Args:
        stack: where the shop and the warehouse run.
        since: sales completed from the next whole second on are watched.
        series: API series of the shop, which decides how a sale is named.
    """

    def __init__(self, stack: Stack, since: dt.datetime, series: str) -> None:
        self._id = "x_sale_id" if series == "x_series" else "sale_id"
        self._url = stack.lightspeed_url
        self._warehouse = Warehouse(stack)
        self._since = next_second(since)
        self._seen: dict[str, dt.datetime] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def finish(self, timeout: float) -> Freshness:
        """Wait until every sale completed until now is queryable, for `timeout` seconds at most.

        A sale that is still missing then counts with the time that it has been waited for.
        """
        completed, deadline = self._completed(), time.monotonic() + timeout
        while not completed.keys() <= self._seen.keys() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        self._stopped.set()
        self._thread.join()
        now = dt.datetime.now(tz=dt.UTC)
        seconds = [(self._seen.get(sale, now) - at).total_seconds() for sale, at in completed.items()]
        return Freshness(len(seconds), round(statistics.median(seconds), 2), round(max(seconds), 2))

    def live_sales(self) -> int:
        """Watched sales completed so far."""
        return len(self._completed())

    def _watch(self) -> None:
        while not self._stopped.is_set():
            for sale in self._warehouse.new_sales(self._since) - self._seen.keys():
                self._seen[sale] = dt.datetime.now(tz=dt.UTC)
            self._stopped.wait(POLL_SECONDS)

    def _completed(self) -> dict[str, dt.datetime]:
        answer = requests.get(f"{self._url}/_sandbox/live", params={"since": self._since.isoformat()}, timeout=30)
        answer.raise_for_status()
        return {sale[self._id]: dt.datetime.fromisoformat(sale["completed_at"]) for sale in answer.json()["sales"]}


def next_second(moment: dt.datetime) -> dt.datetime:
    """The first whole second at or after a moment.

    Lightspeed cuts times down to seconds: a sale completed within the second of a watch's start would stand
    before the start in the table, and never be found.
    """
    return (moment + dt.timedelta(microseconds=999_999)).replace(microsecond=0)
