"""One answer of X-Series, taken apart and compared with what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from include.lightspeed.errors import UnexpectedResponse
from include.lightspeed.x_sales import Version


class _Versions(msgspec.Struct):
    min: int | None
    max: int | None


class _Feed(msgspec.Struct):
    data: list[msgspec.Raw]
    version: _Versions


class _List(msgspec.Struct):
    data: list[msgspec.Raw]


class _One(msgspec.Struct):
    data: msgspec.Raw


class _Record(msgspec.Struct):
    id: str
    version: Version


class _FlatSale(_Record):
    status: str


class _Metadata(msgspec.Struct):
    version: Version


class _NestedSale(msgspec.Struct):
    id: str
    state: str
    metadata: _Metadata = msgspec.field(name="_metadata")

    @property
    def version(self) -> int:
        return self.metadata.version


class XRecord(NamedTuple):
    """A record of a page.

    Attributes:
        id: the record's id, None where it cannot be read.
        key: names this state of the record: its version, or, where that cannot be read, a negative number made
            from its bytes.
        raw: the record as received.
    """

    id: str | None
    key: int
    raw: msgspec.Raw


@dataclass(frozen=True)
class FeedPage:
    """A page of the version feed: its records and its own word on their highest version."""

    records: list[XRecord]
    newest: int | None


_FEED = msgspec.json.Decoder(_Feed)
_LIST = msgspec.json.Decoder(_List)
_ONE = msgspec.json.Decoder(_One)
_SALES = {"2.0": msgspec.json.Decoder(_FlatSale), "2026-07": msgspec.json.Decoder(_NestedSale)}
_OTHERS = msgspec.json.Decoder(_Record)
API_VERSIONS = tuple(_SALES)
"""Versions of the API that this client speaks. Customers and products look the same in all of them."""


def parse_feed(body: bytes, stream: str, target: str, api_version: str) -> FeedPage:
    """Split a page of the version feed.

    Raises:
        UnexpectedResponse: not JSON, not the feed's envelope, no record of this API version's shape, or other
            versions in the records than the page announces.
    """
    try:
        feed = _FEED.decode(body)
    except (ValueError, RecursionError) as error:
        raise UnexpectedResponse(
            f"GET {target} answered {len(body)} bytes that are not a page of the X-Series feed: {error}."
        ) from None
    records = _records(feed.data, stream, target, api_version)
    _compare(records, feed.version, target)
    return FeedPage(records, feed.version.max)


def parse_list(body: bytes, target: str, api_version: str) -> list[XRecord]:
    """Split an answer of the search for sales.

    Raises:
        UnexpectedResponse: not JSON, no list, or no record of this API version's shape.
    """
    try:
        found = _LIST.decode(body).data
    except (ValueError, RecursionError) as error:
        raise UnexpectedResponse(
            f"GET {target} answered {len(body)} bytes that are not a list of the X-Series search: {error}."
        ) from None
    return _records(found, "sales", target, api_version)


def parse_one(body: bytes, target: str, api_version: str) -> XRecord:
    """Take the single sale out of an answer.

    Raises:
        UnexpectedResponse: not JSON, or not one sale of this API version's shape.
    """
    try:
        found = _ONE.decode(body).data
    except (ValueError, RecursionError) as error:
        raise UnexpectedResponse(
            f"GET {target} answered {len(body)} bytes that are not one X-Series sale: {error}."
        ) from None
    return _records([found], "sales", target, api_version)[0]


def records_of(body: bytes) -> list[msgspec.Raw]:
    """Return the records of an answer that was read before, in its order: a list's, or the single one."""
    data = _ONE.decode(body).data
    return _LIST.decode(body).data if bytes(data).lstrip().startswith(b"[") else [data]


def _records(raws: list[msgspec.Raw], stream: str, target: str, api_version: str) -> list[XRecord]:
    decoder = _SALES[api_version] if stream == "sales" else _OTHERS
    records = [_record(raw, decoder) for raw in raws]
    if records and all(record.key < 0 for record in records):
        raise UnexpectedResponse(
            f"GET {target} answered {stream} that lack the fields of API {api_version}: another version's shape."
        )
    return records


def _record(raw: msgspec.Raw, decoder: msgspec.json.Decoder) -> XRecord:
    try:
        record = decoder.decode(raw)
    except (ValueError, RecursionError):
        return XRecord(None, -1 - int.from_bytes(blake2b(raw, digest_size=6).digest()), raw)
    return XRecord(record.id, record.version, raw)


def _compare(records: list[XRecord], announced: _Versions, target: str) -> None:
    """See that the page holds what it announces: its first and its last version, and none outside of them."""
    versions = [record.key for record in records if record.key >= 0]
    first, last = (min(versions), max(versions)) if versions else (None, None)
    agrees = (announced.min, announced.max) == (first, last)
    if not agrees and len(versions) < len(records) and None not in {announced.min, announced.max, first, last}:
        # What cannot be read may be at either end.
        agrees = announced.min <= first and last <= announced.max  # ty: ignore[unsupported-operator]
    if not agrees:
        raise UnexpectedResponse(
            f"GET {target} announces versions {announced.min} to {announced.max}, but its {len(records)} records "
            f"have {first} to {last}: rows are missing, or belong to another page."
        )
