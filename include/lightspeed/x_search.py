"""X-Series: sales by their date or by their id, for checks that cannot go by the version feed.

The search pages by offset, which skips and repeats rows when sales are made in the meantime. A span of time whose
sales do not fit on one page is therefore halved, until each part is one page: one answer, made at one moment.
The answers do not tell the size of the whole, so a part counts as whole when there is nothing at the offset after
its page; that question asks for one record only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from urllib.parse import quote, urlencode

import msgspec

from include.lightspeed.client import Page, one_line, positions
from include.lightspeed.errors import NotFound, UnexpectedResponse
from include.lightspeed.http import Transport
from include.lightspeed.x_pages import XRecord, parse_list, parse_one

MAX_PAGE = 1000
"""Larger pages are cut to this size without a word."""
ATTEMPTS = 5
FILL = 0.9
"""Share of a page that the sales fill which are expected in a span."""


class XSearch:
    """Reads sales through the search and one by one.

    Args:
        transport: HTTP to the retailer's host.
        api_version: one of ``x_pages.API_VERSIONS``.
        page_size: records asked for at a time; the server may send fewer.
    """

    def __init__(self, transport: Transport, api_version: str, page_size: int = MAX_PAGE) -> None:
        self._transport, self._api_version = transport, api_version
        self._page_size = min(page_size, MAX_PAGE)

    def completed(self, first: datetime, end: datetime, expected: Iterable[datetime] = ()) -> Iterator[Page]:
        """Yield the sales dated in [first, end), each state once; see ``LightspeedClient.sales_completed``."""
        seen: set[int] = set()
        start, stop = math.floor(first.timestamp()), math.ceil(end.timestamp())
        # With each cut where a page should be almost full, none is read whose rest is on another page.
        cuts = sorted(map(math.floor, map(datetime.timestamp, expected)))[:: max(1, int(self._page_size * FILL))][1:]
        inner = [cut for cut in dict.fromkeys(cuts) if start < cut < stop]
        for span in pairwise([start, *inner, stop]):
            for target, body, records in self._spans(*span):
                new = {record.key: record.raw for record in records if record.key not in seen}
                seen |= new.keys()
                if new:
                    yield self._page(target, body, list(new.values()), records)

    def _page(self, target: str, body: bytes, new: list[msgspec.Raw], records: list[XRecord]) -> Page:
        taken = positions(new, [record.raw for record in records])
        return Page(self._transport.base_url + target, one_line(body), new, "", taken=taken)

    def by_id(self, ids: Sequence[str]) -> Iterator[Page]:
        """Yield each sale as it is now; see ``LightspeedClient.sales_by_id``."""
        for sale_id in dict.fromkeys(ids):
            target = f"/api/{self._api_version}/sales/{quote(sale_id, safe='')}"
            url = self._transport.base_url + target
            try:
                body = self._transport.get(target)
            except NotFound:
                yield Page(url, b"{}", [], "", (sale_id,))
                continue
            record = parse_one(body, target, self._api_version)
            if record.id != sale_id:
                raise UnexpectedResponse(f"GET {target} answered another sale, or one whose id cannot be read.")
            yield Page(url, one_line(body), [record.raw], "")

    def _spans(self, start: int, stop: int) -> Iterator[tuple[str, bytes, list[XRecord]]]:
        if start >= stop:
            return
        target = self._target(start, stop, 0)
        body, records = self._fetch(target)
        if not records:
            return
        if not self._fetch(self._target(start, stop, len(records), page_size=1))[1]:
            yield target, body, records
        elif stop - start > 1:
            middle = (start + stop) // 2
            yield from self._spans(start, middle)
            yield from self._spans(middle, stop)
        else:
            yield from self._crowded_second(start)

    def _crowded_second(self, start: int) -> Iterator[tuple[str, bytes, list[XRecord]]]:
        """Page through one second by offset, again and again until two passes find the same sales."""
        before: set[str | None] = set()
        for _ in range(ATTEMPTS):
            pages, offset = [], 0
            while (found := self._fetch(target := self._target(start, start + 1, offset)))[1]:
                pages.append((target, *found))
                offset += len(found[1])
            ids = [record.id for _, _, records in pages for record in records]
            if set(ids) == before and len(ids) == len(before):
                yield from pages
                return
            before = set(ids)
        raise UnexpectedResponse(
            f"GET {self._target(start, start + 1, 0)} answered other sales each of {ATTEMPTS} times: the second is "
            "being written to; ask again later."
        )

    def _fetch(self, target: str) -> tuple[bytes, list[XRecord]]:
        body = self._transport.get(target)
        return body, parse_list(body, target, self._api_version)

    def _target(self, start: int, stop: int, offset: int, page_size: int | None = None) -> str:
        query = {
            "type": "sales",
            "date_from": _stamp(start),
            "date_to": _stamp(stop),
            "offset": str(offset),
            "page_size": str(page_size or self._page_size),
        }
        return f"/api/{self._api_version}/search?{urlencode(query)}"


def _stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
