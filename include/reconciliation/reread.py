"""Days that differ, read again: the pages of one batch of the stream `sales_reread`."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from include.lightspeed.tombstones import tombstone
from include.reconciliation.compare import DayCheck, bounds

if TYPE_CHECKING:
    from include.landing.batch import Batch
    from include.lightspeed.client import LightspeedClient, Page

STREAM = "sales_reread"

Versions = Callable[[Sequence[str]], dict[str, tuple[int, dt.datetime]]]
"""Ids of sales -> version and time of the last change, as the tables know them."""


@dataclasses.dataclass(frozen=True)
class Rereading:
    """Reads days again.

    Args:
        client: client of the shop.
        known_versions: asked about sales that the shop does not have any more.
        now: clock.
        max_sales: no further day is begun after this many records.
    """

    client: LightspeedClient
    known_versions: Versions
    now: Callable[[], dt.datetime]
    max_sales: int

    def pages(self, checks: Sequence[DayCheck]) -> Iterator[Page]:
        """Yield the present state of every sale of the days, and of those that only the table has there.

        A page's cursor names the days begun so far: the ledger says which days a batch has read again.
        """
        records, days = 0, []
        for check in checks:
            if records >= self.max_sales:
                return
            days.append(check.day.isoformat())
            for page in self._day(check):
                records += len(page.records)
                yield dataclasses.replace(page, cursor=",".join(days))

    def _day(self, check: DayCheck) -> Iterator[Page]:
        yield from self.client.sales_completed(*bounds(check.day))
        gone: list[str] = []
        for page in self.client.sales_by_id(check.strays):
            gone += page.missing
            if page.records:
                yield page
        for sale_id, (version, updated_at) in sorted(self.known_versions(gone).items() if gone else ()):
            yield tombstone(self.client.series, sale_id, version, updated_at, self.now())


def reread_days(batch: Batch) -> set[dt.date]:
    """Days that a batch has read again."""
    return {dt.date.fromisoformat(day) for day in batch.cursor_to.split(",")}
