"""X-Series: a feed of the newest state of each record, ordered by a global version number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from urllib.parse import urlencode

from include.lightspeed.client import STREAMS, Page, one_line, positions
from include.lightspeed.errors import ConfigurationError, UnexpectedResponse
from include.lightspeed.http import Clock, Transport
from include.lightspeed.x_cursor import XCursor
from include.lightspeed.x_pages import API_VERSIONS, FeedPage, XRecord, parse_feed
from include.lightspeed.x_search import XSearch

DEFAULT_PAGE_SIZE = 1000
DEFAULT_API_VERSION = API_VERSIONS[0]


class XSeriesClient:
    """A client of one X-Series retailer.

    Args:
        transport: HTTP to the retailer's host.
        clock: the time, aware.
        page_size: records asked for at a time; the server may send fewer.
        api_version: one of ``API_VERSIONS``; an answer in another version's shape is refused.
        overlap_seconds: for how long what was read is read again, since a lower version may become visible later
            than a higher one.
        sweep_seconds: how long to wait between two such re-readings.

    Raises:
        ConfigurationError: this client does not speak that API version.
    """

    series = "x_series"

    def __init__(
        self,
        transport: Transport,
        *,
        clock: Clock,
        page_size: int = DEFAULT_PAGE_SIZE,
        api_version: str = DEFAULT_API_VERSION,
        overlap_seconds: int = 60,
        sweep_seconds: int = 15,
    ) -> None:
        if api_version not in API_VERSIONS:
            raise ConfigurationError(
                f"The X-Series API version {api_version!r} is not one of {', '.join(API_VERSIONS)}: choose one."
            )
        self._transport, self._clock = transport, clock
        self._page_size, self.api_version = page_size, api_version
        self._overlap, self._sweep_seconds = overlap_seconds, sweep_seconds
        self._swept_at: dict[str, float] = {}
        self._search = XSearch(transport, api_version, page_size)

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._transport.close()

    def pages(self, stream: str, cursor: str | None) -> Iterator[Page]:
        """Yield what has a higher version than the cursor's; see ``LightspeedClient.pages``.

        What became visible late, below the cursor's version, comes first, if a re-reading is due.
        """
        if stream not in STREAMS:
            raise ConfigurationError(f"There is no stream {stream!r}: use one of {', '.join(STREAMS)}.")
        state = XCursor.decode(cursor)
        yield from self._sweep(stream, state)
        yield from self._walk(stream, state)

    def sales_completed(self, first: datetime, end: datetime, expected: Iterable[datetime] = ()) -> Iterator[Page]:
        """Yield the sales dated in [first, end); see ``LightspeedClient.sales_completed``."""
        return self._search.completed(first, end, expected)

    def sales_by_id(self, ids: Sequence[str]) -> Iterator[Page]:
        """Yield the given sales, one request each; see ``LightspeedClient.sales_by_id``."""
        return self._search.by_id(ids)

    def _walk(self, stream: str, state: XCursor) -> Iterator[Page]:
        while True:
            target = self._feed(stream, after=state.version)
            body, page = self._fetch(stream, target, state.version)
            if page.newest is None:
                return
            new = state.unknown(page.records)
            state.version = page.newest
            state.note(new, page.newest, self._now())
            if new:
                yield self._page(target, body, page, new, state)

    def _sweep(self, stream: str, state: XCursor) -> Iterator[Page]:
        now, after, end = self._now(), state.floor or 0, state.version
        if after >= end or now < self._swept_at.get(stream, float("-inf")) + self._sweep_seconds:
            return
        while True:
            target = self._feed(stream, after=after, before=end + 1)
            body, page = self._fetch(stream, target, after)
            after = end if page.newest is None else page.newest
            new = state.unknown(page.records)
            if ended := after >= end:
                self._swept_at[stream] = now
                state.settle(now - self._overlap)
            state.note(new, min(after, end), now)
            if new:
                yield self._page(target, body, page, new, state)
            if ended:
                return

    def _fetch(self, stream: str, target: str, after: int) -> tuple[bytes, FeedPage]:
        body = self._transport.get(target)
        page = parse_feed(body, stream, target, self.api_version)
        if page.newest is not None and page.newest <= after:
            raise UnexpectedResponse(
                f"GET {target} answered {len(page.records)} records up to version {page.newest}, which does not "
                f"advance beyond {after}: reading on would never end."
            )
        return body, page

    def _page(self, target: str, body: bytes, page: FeedPage, new: list[XRecord], state: XCursor) -> Page:
        records = [record.raw for record in new]
        taken = positions(records, [record.raw for record in page.records])
        return Page(self._transport.base_url + target, one_line(body), records, state.encode(), taken=taken)

    def _now(self) -> int:
        return int(self._clock().timestamp())

    def _feed(self, stream: str, **bounds: int) -> str:
        query = {name: str(bound) for name, bound in bounds.items()} | {"page_size": str(self._page_size)}
        if stream != "sales":
            query["deleted"] = "true"
        return f"/api/{self.api_version}/{stream}?{urlencode(query)}"
