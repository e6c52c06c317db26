"""Pages that were stored before, taken apart again: what a rebuild of the tables reads."""

from __future__ import annotations

import msgspec

from include.lightspeed import r_pages, x_pages
from include.lightspeed.errors import UnexpectedResponse


def records_of(body: bytes, series: str, table: str) -> list[msgspec.Raw]:
    """Return every record of a stored page, in its order.

    Args:
        body: one line of a raw object.
        series: ``r_series`` or ``x_series``.
        table: ``sales``, ``customers`` or ``products``.

    Raises:
        ValueError: the line is not a page of this series.
    """
    try:
        if series == "r_series":
            return r_pages.records_of(body, r_pages.RESOURCES[table])
        return x_pages.records_of(body)
    except (RecursionError, UnexpectedResponse):
        raise ValueError("A stored page is nested too deeply, or its records are no list.") from None
