"""R-Series V3: pages sorted by ``timeStamp``, followed by the ``next`` address that each answer names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from include.lightspeed.client import Page, one_line, positions
from include.lightspeed.errors import ConfigurationError, UnexpectedResponse
from include.lightspeed.http import Clock, Transport
from include.lightspeed.r_cursor import Found, RCursor, api_time
from include.lightspeed.r_pages import RESOURCES, Resource, parse_page, record_id

PAGE_SIZE = 100
CLOCK_SKEW = 300
"""Seconds by which our clock may run ahead of Lightspeed's, where a sweep's start depends on it."""


class RSeriesClient:
    """A client of one R-Series account.

    Args:
        transport: HTTP to the API's host.
        account_id: the account's number.
        clock: the time, aware.
        overlap_seconds: how far before the watermark each poll starts again.
        sweep_seconds: how long to wait between two sweeps for edited and voided sales.
        page_size: records asked for at a time, 100 at most.
    """

    series = "r_series"
    api_version = "V3"

    def __init__(
        self,
        transport: Transport,
        account_id: str,
        *,
        clock: Clock,
        overlap_seconds: int = 60,
        sweep_seconds: int = 60,
        page_size: int = PAGE_SIZE,
    ) -> None:
        self._transport = transport
        self._account_id = account_id
        self._clock = clock
        self._overlap, self._sweep_seconds = overlap_seconds, sweep_seconds
        self._page_size = page_size
        self._swept_at = float("-inf")

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._transport.close()

    def pages(self, stream: str, cursor: str | None) -> Iterator[Page]:
        """Yield what changed after the cursor, by ``timeStamp``; see ``LightspeedClient.pages``.

        Sales that were edited or voided without a new ``timeStamp`` come first, if a sweep is due.
        """
        if stream not in RESOURCES:
            raise ConfigurationError(f"There is no stream {stream!r}: use one of {', '.join(RESOURCES)}.")
        resource, state = RESOURCES[stream], RCursor.decode(cursor)
        if resource.has_updatetime:
            yield from self._sweep(resource, state)
        yield from self._walk(resource, state)

    def sales_completed(self, first: datetime, end: datetime, expected: Iterable[datetime] = ()) -> Iterator[Page]:
        """Yield the sales completed in [first, end), by id; see ``LightspeedClient.sales_completed``.

        Ids only grow, so a page that was read does not move while sales are made. 2.0 drips a hundred sales.
        """
        start, last = math.floor(first.timestamp()), math.ceil(end.timestamp()) - 1
        if start > last:
            return
        between = f"><,{api_time(start)},{api_time(last)}"
        target: str | None = self._address(RESOURCES["sales"], {"sort": "saleID", "completeTime": between})
        while target:
            body, found, following = self._fetch(RESOURCES["sales"], target)
            if found:
                yield self._uncursored(target, body, found)
            target = following

    def sales_by_id(self, ids: Sequence[str]) -> Iterator[Page]:
        """Yield the given sales, up to a hundred a request; see ``LightspeedClient.sales_by_id``."""
        wanted = list(dict.fromkeys(ids))
        if odd := next((each for each in wanted if not each.isdecimal()), None):
            raise ConfigurationError(f"{odd[:40]!r} is no id of an R-Series sale: those are whole numbers.")
        for at in range(0, len(wanted), self._page_size):
            some = wanted[at : at + self._page_size]
            target = self._address(RESOURCES["sales"], {"sort": "saleID", "saleID": f"IN,[{','.join(some)}]"})
            body, found, _ = self._fetch(RESOURCES["sales"], target)
            had = {record_id(record.raw) for record in found}
            yield self._uncursored(target, body, found, tuple(each for each in some if each not in had))

    def _walk(self, resource: Resource, state: RCursor) -> Iterator[Page]:
        target = state.page or self._first_page(resource, state)
        reached = None if state.page or state.watermark is None else state.watermark - self._overlap
        while target:
            body, found, following = self._fetch(resource, target)
            reached = _reached(found, reached, target)
            new = [record for record in found if not state.knows(record)]
            state.advance(found, new, self._overlap, int(self._clock().timestamp()))
            state.turn(following, target, self._overlap)
            if new:
                yield self._page(target, body, found, new, state)
            target = following

    def _sweep(self, resource: Resource, state: RCursor) -> Iterator[Page]:
        now = self._clock().timestamp()
        if state.swept is None:
            state.swept = int(now) - CLOCK_SKEW
        if state.watermark is None or state.walking or now < self._swept_at + self._sweep_seconds:
            return
        floor = state.swept - self._overlap
        newest, target = state.swept, self._address(resource, {"sort": "-updatetime"})
        while target:
            body, found, following = self._fetch(resource, target)
            recent = [record for record in found if (record.updated_at or 0) >= floor]
            newest = max([newest, *(record.updated_at or 0 for record in recent)])
            new = [record for record in recent if not state.knows(record)]
            state.remember(new, self._overlap)
            if following is None or len(recent) < len(found):
                following, self._swept_at = None, now
                state.end_sweep(newest, int(now) - CLOCK_SKEW, self._overlap)
            if new:
                yield self._page(target, body, found, new, state)
            target = following

    def _fetch(self, resource: Resource, target: str) -> tuple[bytes, list[Found], str | None]:
        body = self._transport.get(target)
        found, following = parse_page(body, resource, target, _limit(target))
        after = self._same_host(following, target)
        if after == target:
            raise UnexpectedResponse(f"GET {target} names itself as the next page: reading on would never end.")
        return body, found, after

    def _page(self, target: str, body: bytes, found: list[Found], new: list[Found], state: RCursor) -> Page:
        records = [record.raw for record in new]
        taken = positions(records, [record.raw for record in found])
        return Page(self._transport.base_url + target, one_line(body), records, state.encode(), taken=taken)

    def _uncursored(self, target: str, body: bytes, found: list[Found], missing: tuple[str, ...] = ()) -> Page:
        return Page(self._transport.base_url + target, one_line(body), [each.raw for each in found], "", missing)

    def _first_page(self, resource: Resource, state: RCursor) -> str:
        query = {"sort": "timeStamp"}
        if state.watermark is not None:
            query["timeStamp"] = f">=,{api_time(state.watermark - self._overlap)}"
        return self._address(resource, query)

    def _address(self, resource: Resource, query: dict[str, str]) -> str:
        relations = msgspec.json.encode(resource.relations).decode()
        fixed = {"limit": str(self._page_size), "archived": "true", "load_relations": relations}
        return f"/API/V3/Account/{self._account_id}/{resource.name}.json?{urlencode(fixed | query)}"

    def _same_host(self, following: str, target: str) -> str | None:
        """Reduce the ``next`` address to path and query; our token goes to no other host."""
        if not following:
            return None
        base = self._transport.base_url
        # As it is written: a parser drops line breaks and leading blanks, and would see another address.
        if not (following.startswith(f"{base}/") and following.isascii() and following.isprintable()):
            raise UnexpectedResponse(
                f"GET {target} names a next page on {following[:60]!r}, not on {base}: not followed, since the token "
                "would go with it."
            )
        return following[len(base) :]


def _limit(target: str) -> int:
    """Return how many records an address asks for; the API appends the limit to each next address."""
    try:
        return int(dict(parse_qsl(urlsplit(target).query)).get("limit", PAGE_SIZE))
    except ValueError:
        raise UnexpectedResponse(f"GET {target} was named as a next page, but its limit is no number.") from None


def _reached(found: list[Found], reached: int | None, target: str) -> int | None:
    """Return the time up to which a walk has come with this page, which must not go back.

    Raises:
        UnexpectedResponse: a record is older than the page before it, or than what was asked for.
    """
    if not found:
        return reached
    times = [record.at for record in found]
    if reached is not None and min(times) < reached:
        raise UnexpectedResponse(
            f"GET {target} answered records of {api_time(min(times))}, before {api_time(reached)} where the page "
            "begins: pages are out of order, or the filter was ignored."
        )
    return max(times)
