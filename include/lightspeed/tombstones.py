"""A page that says that a sale is gone, in the words of its series: what an API does not put into any page itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from include.lightspeed.client import Page


def tombstone(series: str, sale_id: str, version: int, updated_at: datetime, seen_gone_at: datetime) -> Page:
    """Return a page of one sale that is not completed any more, no newer than the last state known of it.

    So it takes the sale out of ``sales``, and the sale comes back should the API show it again.

    Args:
        series: ``r_series`` or ``x_series``.
        sale_id: the sale that was asked for by its id, and that the API does not have.
        version: its version as last seen.
        updated_at: when it was changed last, as far as was seen.
        seen_gone_at: when the API said that it does not have it.
    """
    body = _r_page(sale_id, updated_at) if series == "r_series" else _x_page(sale_id, version, seen_gone_at)
    record = body["Sale"] if series == "r_series" else body["data"][0]
    return Page("", msgspec.json.encode(body), [msgspec.Raw(msgspec.json.encode(record))], "")


def _r_page(sale_id: str, updated_at: datetime) -> dict[str, Any]:
    at = updated_at.isoformat()
    sale = {"saleID": sale_id, "completed": "false", "voided": "true", "timeStamp": at, "updatetime": at}
    return {"@attributes": {"next": "", "previous": ""}, "Sale": sale}


def _x_page(sale_id: str, version: int, seen_gone_at: datetime) -> dict[str, Any]:
    return {"data": [{"id": sale_id, "version": version, "status": "VOIDED", "deleted_at": seen_gone_at.isoformat()}]}
