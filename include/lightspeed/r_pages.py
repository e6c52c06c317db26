"""One answer of R-Series V3, taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec

from include.lightspeed.errors import UnexpectedResponse
from include.lightspeed.r_cursor import Found, digest

Time = Annotated[datetime, msgspec.Meta(tz=True)]


@dataclass(frozen=True)
class Resource:
    """How a stream is asked for.

    Attributes:
        name: the resource, which is also the key of an answer's records.
        relations: what completes a record.
        has_updatetime: whether it can be sorted by ``updatetime``.
    """

    name: str
    relations: tuple[str, ...]
    has_updatetime: bool = False


RESOURCES = {
    "sales": Resource("Sale", ("SaleLines", "SalePayments", "SalePayments.PaymentType"), has_updatetime=True),
    "customers": Resource("Customer", ("Contact",)),
    "products": Resource("Item", ("Category", "Manufacturer")),
}


class _Changed(msgspec.Struct):
    at: Time = msgspec.field(name="timeStamp")
    updatetime: Time | None = None
    update_time: Time | None = msgspec.field(name="updateTime", default=None)


class _Identified(msgspec.Struct):
    id: str | None = msgspec.field(name="saleID", default=None)


class _Attributes(msgspec.Struct):
    next: str | None = None


_IDENTIFIED = msgspec.json.Decoder(_Identified)
_CHANGED = msgspec.json.Decoder(_Changed)
_PAGE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_ATTRIBUTES = msgspec.json.Decoder(_Attributes)


def parse_page(body: bytes, resource: Resource, target: str, limit: int) -> tuple[list[Found], str]:
    """Split an answer into its records and the next page's address (empty on the last page).

    One record comes as a bare object and none as no key at all, so both are normal.

    Raises:
        UnexpectedResponse: not JSON, no ``@attributes``, records without ``next`` or without ``timeStamp``, or a
            next page after one with fewer records than ``limit``.
    """
    try:
        page = _PAGE.decode(body)
        attributes = _ATTRIBUTES.decode(page["@attributes"])
    except (ValueError, KeyError, RecursionError):
        raise UnexpectedResponse(
            f"GET {target} answered {len(body)} bytes that are no R-Series V3 page (JSON with @attributes)."
        ) from None
    records = _records(page.get(resource.name), target)
    if records and attributes.next is None:
        raise UnexpectedResponse(f"GET {target} answered a page without @attributes.next: it is not API V3.")
    found = [_found(raw) for raw in records]
    if records and not any(found):
        raise UnexpectedResponse(f"GET {target} answered {resource.name} records without a readable timeStamp.")
    if attributes.next and len(records) < limit:
        raise UnexpectedResponse(
            f"GET {target} answered {len(records)} of {limit} rows, but names a next page: rows are missing."
        )
    # A record without a time still has to be yielded, so that it is rejected in sight of everybody.
    oldest = min((each.at for each in found if each), default=0)
    undated = [each or Found(digest(raw), oldest, None, raw) for each, raw in zip(found, records, strict=True)]
    return undated, attributes.next or ""


def records_of(body: bytes, resource: Resource) -> list[msgspec.Raw]:
    """Return the records of an answer that was read before, in its order."""
    return _records(_PAGE.decode(body).get(resource.name), "of a raw object")


def record_id(raw: msgspec.Raw) -> str | None:
    """Return the ``saleID`` of a sale, None where it cannot be read."""
    try:
        return _IDENTIFIED.decode(raw).id
    except (ValueError, RecursionError):
        return None


def _records(raw: msgspec.Raw | None, target: str) -> list[msgspec.Raw]:
    text = bytes(raw or b"").strip()
    if text in {b"", b'""', b"null"}:
        return []
    if text.startswith(b"{"):
        return [msgspec.Raw(text)]
    try:
        return _LIST.decode(text)
    except (ValueError, RecursionError):
        raise UnexpectedResponse(f"GET {target} answered records that are neither list nor object.") from None


def _found(raw: msgspec.Raw) -> Found | None:
    try:
        changed = _CHANGED.decode(raw)
        updated = changed.updatetime or changed.update_time
        return Found(
            digest(raw),
            int(changed.at.timestamp()),
            None if updated is None else int(updated.timestamp()),
            raw,
        )
    except (ValueError, OverflowError, RecursionError):
        return None
