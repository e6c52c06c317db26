"""The interface that both API series fulfil: pages of raw records after an opaque cursor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec

STREAMS = ("sales", "customers", "products")


@dataclass(frozen=True)
class Page:
    """One answer of the API that holds something new.

    Attributes:
        url: the address that was requested; it holds no credential.
        body: the answer as received, on one line.
        records: the records not yielded before, one raw JSON object each, in the API's order.
        cursor: where to go on after this page; feed it to ``pages`` or store it in the ledger. Empty for pages
            that belong to no stream: those of ``sales_completed`` and ``sales_by_id``.
        missing: ids that were asked for, but that the shop does not have (any more).
        taken: where the records stand among those of the body, counted from 0; None: they are all of them.
    """

    url: str
    body: bytes
    records: list[msgspec.Raw]
    cursor: str
    missing: tuple[str, ...] = ()
    taken: tuple[int, ...] | None = None


class LightspeedClient(Protocol):
    """A client of one shop."""

    series: str
    """``r_series`` or ``x_series``: the value of the tables' ``source`` column."""
    api_version: str
    """The version of the API that it speaks."""

    def pages(self, stream: str, cursor: str | None) -> Iterator[Page]:
        """Yield what is new in a stream after the cursor, oldest change first, until nothing is left.

        Args:
            stream: one of ``STREAMS``.
            cursor: the cursor of the last page that was made durable; None reads the whole history.

        Raises:
            ConfigurationError: no such stream, or a cursor that is not this client's.
            UnexpectedResponse: the answer is not what the API promises.
            LightspeedError: any other reason to stop; the pages yielded so far stay valid.
        """
        ...

    def sales_completed(self, first: datetime, end: datetime, expected: Iterable[datetime] = ()) -> Iterator[Page]:
        """Yield the present state of every sale whose completion lies in [first, end).

        A few others may come along: open ones, and those completed in the second that begins at ``end``. Go by
        ``ParsedSale.completed_at``. What is written while this reads may be missed; ask again later.

        Args:
            first: aware; cut to the whole second.
            end: aware.
            expected: completions that are known already; they save requests, and change nothing that is found.

        Raises:
            UnexpectedResponse: the answer is not what the API promises.
            LightspeedError: any other reason to stop.
        """
        ...

    def sales_by_id(self, ids: Sequence[str]) -> Iterator[Page]:
        """Yield the present state of the given sales; ids without a sale come back in ``Page.missing``.

        Raises:
            ConfigurationError: an id that cannot be one of this series.
            UnexpectedResponse: the answer is not what the API promises.
            LightspeedError: any other reason to stop.
        """
        ...

    def close(self) -> None:
        """Close the connections that are kept open."""
        ...


def positions(records: Sequence[msgspec.Raw], page: Sequence[msgspec.Raw]) -> tuple[int, ...] | None:
    """Return where some of a page's records stand on it; None when they are all of them."""
    if len(records) == len(page):
        return None
    place = {id(record): at for at, record in enumerate(page)}
    return tuple(place[id(record)] for record in records)


def one_line(body: bytes) -> bytes:
    """Return a JSON document without line breaks, so that pages can be stored one a line."""
    return msgspec.json.format(body, indent=-1) if b"\n" in body or b"\r" in body else body
