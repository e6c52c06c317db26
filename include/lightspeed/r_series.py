"""R-Series V3: pages sorted by ``timeStamp``, followed by the ``next`` address that each answer names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode, urlsplit

import msgspec

from include.lightspeed.client import Page, one_line
from include.lightspeed.errors import ConfigurationError, UnexpectedResponse
from include.lightspeed.http import Transport
from include.lightspeed.r_cursor import RCursor, api_time, digest

PAGE_SIZE = 100


@dataclass(frozen=True)
class Resource:
    """How a stream is asked for: the resource, the relations that complete a record, and its id."""

    name: str
    relations: tuple[str, ...]
    id_field: str


RESOURCES = {
    "sales": Resource("Sale", ("SaleLines", "SalePayments", "SalePayments.PaymentType"), "saleID"),
    "customers": Resource("Customer", ("Contact",), "customerID"),
    "products": Resource("Item", ("Category", "Manufacturer"), "itemID"),
}


class _Changed(msgspec.Struct):
    at: Annotated[datetime, msgspec.Meta(tz=True)] = msgspec.field(name="timeStamp")


class _Attributes(msgspec.Struct):
    next: str | None = None


_CHANGED = msgspec.json.Decoder(_Changed)
_PAGE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_ATTRIBUTES = msgspec.json.Decoder(_Attributes)


class RSeriesClient:
    """A client of one R-Series account.

    Args:
        transport: HTTP to the API's host.
        account_id: the account's number.
        overlap_seconds: how far before the watermark each poll starts again.
    """

    series = "r_series"

    def __init__(self, transport: Transport, account_id: str, *, overlap_seconds: int = 60) -> None:
        self._transport = transport
        self._account_id = account_id
        self._overlap = overlap_seconds

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._transport.close()

    def pages(self, stream: str, cursor: str | None) -> Iterator[Page]:
        """Yield what changed after the cursor, by ``timeStamp``; see ``LightspeedClient.pages``."""
        resource = _resource(stream)
        state = RCursor.decode(cursor)
        target: str | None = state.page or self._first_page(resource, state)
        while target:
            body = self._transport.get(target)
            found, following = parse_page(body, resource, target)
            following = self._same_host(following, target)
            new = [record for record in found if not state.knows(record[0])]
            state.add([(key, at) for key, at, _ in new], self._overlap)
            state.turn(following, target, self._overlap)
            if new:
                url = self._transport.base_url + target
                yield Page(url, one_line(body), [raw for _, _, raw in new], state.encode())
            target = following

    def _first_page(self, resource: Resource, state: RCursor) -> str:
        query = {
            "limit": str(PAGE_SIZE),
            "sort": "timeStamp",
            "archived": "true",
            "load_relations": msgspec.json.encode(resource.relations).decode(),
        }
        if state.watermark is not None:
            query["timeStamp"] = f">=,{api_time(state.watermark - self._overlap)}"
        return f"/API/V3/Account/{self._account_id}/{resource.name}.json?{urlencode(query)}"

    def _same_host(self, following: str, target: str) -> str | None:
        """Reduce the ``next`` address to path and query; our token goes to no other host."""
        if not following:
            return None
        url, base = urlsplit(following), urlsplit(self._transport.base_url)
        if (url.scheme, url.netloc) != (base.scheme, base.netloc):
            raise UnexpectedResponse(
                f"GET {target} names a next page on {url.scheme}://{url.netloc}, not on "
                f"{self._transport.base_url}: not followed, since the token would go with it."
            )
        return following[len(f"{url.scheme}://{url.netloc}") :]


def _resource(stream: str) -> Resource:
    try:
        return RESOURCES[stream]
    except KeyError:
        raise ConfigurationError(
            f"There is no stream {stream!r}: use one of {', '.join(RESOURCES)}."
        ) from None


def parse_page(
    body: bytes, resource: Resource, target: str
) -> tuple[list[tuple[str, int, msgspec.Raw]], str]:
    """Split an answer into (digest, ``timeStamp`` in epoch seconds, record) and the next page's address.

    One record comes as a bare object and none as no key at all, so both are normal.

    Raises:
        UnexpectedResponse: not JSON, no ``@attributes``, records without ``next`` or without ``timeStamp``.
    """
    try:
        page = _PAGE.decode(body)
        attributes = _ATTRIBUTES.decode(page["@attributes"])
    except (msgspec.DecodeError, KeyError):
        raise UnexpectedResponse(
            f"GET {target} answered {len(body)} bytes that are no R-Series V3 page (JSON with @attributes)."
        ) from None
    records = _records(page.get(resource.name), target)
    if records and attributes.next is None:
        raise UnexpectedResponse(f"GET {target} answered a page without @attributes.next: it is not API V3.")
    times = [_changed_at(raw) for raw in records]
    known = [at for at in times if at is not None]
    if records and not known:
        raise UnexpectedResponse(
            f"GET {target} answered {resource.name} records without a readable timeStamp."
        )
    # A record without a time still has to be yielded, so that it is rejected in sight of everybody.
    oldest = min(known, default=0)
    dated = [(digest(raw), oldest if at is None else at, raw) for raw, at in zip(records, times, strict=True)]
    return dated, attributes.next or ""


def _records(raw: msgspec.Raw | None, target: str) -> list[msgspec.Raw]:
    text = bytes(raw or b"").strip()
    if text in {b"", b'""', b"null"}:
        return []
    if text.startswith(b"{"):
        return [msgspec.Raw(text)]
    try:
        return _LIST.decode(text)
    except msgspec.DecodeError:
        raise UnexpectedResponse(f"GET {target} answered records that are neither list nor object.") from None


def _changed_at(raw: msgspec.Raw) -> int | None:
    try:
        return int(_CHANGED.decode(raw).at.timestamp())
    except (msgspec.DecodeError, OverflowError):
        return None
