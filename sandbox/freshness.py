"""How long a live sale takes until it can be queried: watched from outside, as a reader would."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import threading
import time

import requests

from sandbox.stack import Stack
from sandbox.warehouse import Warehouse

POLL_SECONDS = 0.5


@dataclasses.dataclass(frozen=True)
class Freshness:
    """Seconds from completion at the till to the first answer of a query that had the sale's rows."""

    live_sales: int
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float
    max_seconds: float
    lost: int
    """Sales that no query had found when the watch ended."""

    @classmethod
    def of(cls, seconds: list[float], lost: int) -> Freshness:
        """Percentiles by nearest rank: each is the time of a sale that was."""
        ordered = sorted(seconds)
        return cls(len(ordered), *(_rank(ordered, share) for share in (0.5, 0.95, 0.99, 1)), lost)


def _rank(ordered: list[float], share: float) -> float:
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 2) if ordered else math.nan


class FreshnessWatch:
    """Asks BigQuery again and again which new sales are there, and notes when each was seen first.

    Args:
        stack: where the shop and the warehouse run.
        since: sales completed from the next whole second on are watched.
        series: API series of the shop, which decides how a sale is named.
        poll_seconds: pause between two queries; a sale is on average noted half of it late.
    """

    def __init__(self, stack: Stack, since: dt.datetime, series: str, poll_seconds: float = POLL_SECONDS) -> None:
        self._id = "x_sale_id" if series == "x_series" else "sale_id"
        self._url = stack.lightspeed_url
        self._warehouse = Warehouse(stack)
        self.since = next_second(since)
        self._poll_seconds = poll_seconds
        self._sold: dict[str, dt.datetime] = {}
        self._seen: dict[str, dt.datetime] = {}
        self._stopped = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def finish(self, timeout: float) -> Freshness:
        """Wait until every sale completed until now is queryable, for `timeout` seconds at most.

        A sale that is still missing then is lost, and counts with the time that it has been waited for.
        """
        completed, deadline = self._completed(self.since), time.monotonic() + timeout
        while not completed.keys() <= self._seen.keys() and time.monotonic() < deadline and not self._failure:
            time.sleep(POLL_SECONDS)
        self._stopped.set()
        self._thread.join()
        if self._failure:
            raise self._failure
        now = dt.datetime.now(tz=dt.UTC)
        seconds = [(self._seen.get(sale, now) - at).total_seconds() for sale, at in completed.items()]
        return Freshness.of(seconds, lost=len(completed.keys() - self._seen.keys()))

    def live_sales(self) -> int:
        """Watched sales completed so far."""
        return len(self._completed(self.since))

    def waiting(self) -> int:
        """Sales that the shop had completed at the last query and that it did not find."""
        return len(self._sold.keys() - self._seen.keys())

    def _watch(self) -> None:
        try:
            while not self._stopped.is_set():
                self._look()
                self._stopped.wait(self._poll_seconds)
        except Exception as error:
            self._failure = error

    def _look(self) -> None:
        """Ask for what was completed since the oldest sale that is not queryable yet, not for all of it."""
        missing = [at for sale, at in self._sold.items() if sale not in self._seen]
        begin = min(missing, default=max(self._sold.values(), default=self.since))
        self._sold |= self._completed(begin)
        found = self._warehouse.new_sales(max(self.since, begin.replace(microsecond=0)))
        now = dt.datetime.now(tz=dt.UTC)
        for sale in found - self._seen.keys():
            self._seen[sale] = now

    def _completed(self, since: dt.datetime) -> dict[str, dt.datetime]:
        # The shop answers what was completed after a moment; the moment itself is part of the watch.
        begin = (since - dt.timedelta(microseconds=1)).isoformat()
        answer = requests.get(f"{self._url}/_sandbox/live", params={"since": begin}, timeout=30)
        answer.raise_for_status()
        return {sale[self._id]: dt.datetime.fromisoformat(sale["completed_at"]) for sale in answer.json()["sales"]}


def next_second(moment: dt.datetime) -> dt.datetime:
    """The first whole second at or after a moment.

    Lightspeed cuts times down to seconds: a sale completed within the second of a watch's start would stand
    before the start in the table, and never be found.
    """
    return (moment + dt.timedelta(microseconds=999_999)).replace(microsecond=0)
