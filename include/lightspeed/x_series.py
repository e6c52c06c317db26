"""X-Series 2.0: a feed of the newest state of each record, ordered by a global version number."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import msgspec

from include.lightspeed.client import STREAMS, Page, one_line
from include.lightspeed.errors import ConfigurationError, UnexpectedResponse
from include.lightspeed.http import Transport

DEFAULT_PAGE_SIZE = 1000


class _Versions(msgspec.Struct):
    max: int | None


class _Envelope(msgspec.Struct):
    data: list[msgspec.Raw]
    version: _Versions


class _Record(msgspec.Struct):
    """What every 2.0 record has; the dated versions of the API have no ``version`` at the top."""

    id: str
    version: int


class _Sale(_Record):
    status: str


class _Cursor(msgspec.Struct, forbid_unknown_fields=True):
    version: int


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_SHAPES: dict[str, msgspec.json.Decoder] = {
    "sales": msgspec.json.Decoder(_Sale),
    "customers": msgspec.json.Decoder(_Record),
    "products": msgspec.json.Decoder(_Record),
}


class XSeriesClient:
    """A client of one X-Series retailer.

    Args:
        transport: HTTP to the retailer's host.
        page_size: records asked for at a time; the server may send fewer.
    """

    series = "x_series"

    def __init__(self, transport: Transport, *, page_size: int = DEFAULT_PAGE_SIZE) -> None:
        self._transport = transport
        self._page_size = page_size

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._transport.close()

    def pages(self, stream: str, cursor: str | None) -> Iterator[Page]:
        """Yield what has a higher version than the cursor's; see ``LightspeedClient.pages``."""
        if stream not in STREAMS:
            raise ConfigurationError(f"There is no stream {stream!r}: use one of {', '.join(STREAMS)}.")
        after = _version(cursor)
        while True:
            target = self._target(stream, after)
            body = self._transport.get(target)
            records, newest = parse_page(body, stream, target)
            if not records:
                return
            if newest is None or newest <= after:
                raise UnexpectedResponse(
                    f"GET {target} answered {len(records)} records up to version {newest}, which does not "
                    f"advance beyond {after}: reading on would never end."
                )
            after = newest
            cursor = msgspec.json.encode(_Cursor(after)).decode()
            yield Page(self._transport.base_url + target, one_line(body), records, cursor)

    def _target(self, stream: str, after: int) -> str:
        query = {"after": str(after), "page_size": str(self._page_size)}
        if stream != "sales":
            query["deleted"] = "true"
        return f"/api/2.0/{stream}?{urlencode(query)}"


def _version(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return msgspec.json.decode(cursor, type=_Cursor).version
    except ValueError as error:
        raise ConfigurationError(f"The ledger's cursor is not an X-Series cursor: {error}.") from None


def parse_page(body: bytes, stream: str, target: str) -> tuple[list[msgspec.Raw], int | None]:
    """Split an answer into its records and the page's highest version.

    Raises:
        UnexpectedResponse: not JSON, not the envelope of 2.0, or not one record of 2.0's shape.
    """
    try:
        envelope = _ENVELOPE.decode(body)
    except ValueError as error:
        raise UnexpectedResponse(
            f"GET {target} answered {len(body)} bytes that are not an X-Series 2.0 page: {error}."
        ) from None
    if envelope.data and not any(_fits(record, stream) for record in envelope.data):
        raise UnexpectedResponse(
            f"GET {target} answered {stream} that lack the fields of API 2.0: another version's shape."
        )
    return envelope.data, envelope.version.max


def _fits(record: msgspec.Raw, stream: str) -> bool:
    try:
        _SHAPES[stream].decode(record)
    except ValueError:
        return False
    return True
