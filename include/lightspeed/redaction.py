"""A person taken out of stored pages: every other record keeps its bytes and its place.

A customer's own record gives way to a placeholder, so that the places of the others, which manifests count, stay as
they are. A sale stays, with the customer's id and all free text of it emptied: its lines and amounts belong to the
shop's totals. The same page and the same people give the same bytes, however often.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from include.lightspeed import r_pages

IsForgotten = Callable[[str], bool]
"""Whether a customer, by Lightspeed's id, is to be taken out."""

PLACEHOLDER = msgspec.Raw(b'{"redacted":true}')
"""What stands in the place of a customer who was taken out."""

_NULL, _EMPTY = msgspec.Raw(b"null"), msgspec.Raw(b'""')
_NOBODY = {"r_series": msgspec.Raw(b'"0"'), "x_series": _NULL}
"""A sale's customer where there is none."""
_ID = {"r_series": "customerID", "x_series": "id"}
_SALE_CUSTOMER = {"r_series": "customerID", "x_series": "customer_id"}
_EMPTIED = {
    "r_series": {"Customer": _EMPTY, "ShipTo": _EMPTY, "SaleNotes": _EMPTY, "referenceNumber": _EMPTY}
    | dict.fromkeys(("shipToID", "quoteID"), _NOBODY["r_series"]),
    "x_series": {"customer": _NULL, "note": _EMPTY, "deliver_address": _NULL},
}
"""Fields of a sale that can name a person -> what they become."""
_EMPTIED_IN_LINES = {"r_series": {"Note": _EMPTY, "noteID": _NOBODY["r_series"]}, "x_series": {"note": _EMPTY}}
_LINES = {"r_series": ("SaleLines", "SaleLine"), "x_series": ("line_items",)}
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


def customer_of(record: msgspec.Raw, series: str, table: str) -> str | None:
    """The customer that a record is about; None where it is about none, or cannot be read.

    Args:
        record: as received.
        series: ``r_series`` or ``x_series``.
        table: ``sales``, ``customers`` or ``products``.
    """
    field = _SALE_CUSTOMER[series] if table == "sales" else _ID[series] if table == "customers" else ""
    if not field:
        return None
    try:
        found: Any = msgspec.json.decode(_OBJECT.decode(record).get(field, _NULL))
    except ValueError:
        return None
    return str(found) if isinstance(found, (str, int)) and found not in ("", "0", 0) else None


def redact_record(record: msgspec.Raw, series: str, table: str, is_forgotten: IsForgotten) -> msgspec.Raw:
    """The record without the people who are to be taken out; the very same object where it has none of them."""
    customer = customer_of(record, series, table)
    if customer is None or not is_forgotten(customer):
        return record
    return PLACEHOLDER if table == "customers" else _unlinked(record, series)


def redact_page(body: bytes, series: str, table: str, is_forgotten: IsForgotten) -> bytes:
    """A stored page without them: the very same bytes where it has none of them.

    Raises:
        ValueError: the body is no page of this series.
    """
    page = _OBJECT.decode(body)
    key = r_pages.RESOURCES[table].name if series == "r_series" else "data"
    raw = bytes(page.get(key, b"")).strip()
    is_list = raw.startswith(b"[")
    records = _LIST.decode(raw) if is_list else [msgspec.Raw(raw)] if raw.startswith(b"{") else []
    redacted = [redact_record(record, series, table, is_forgotten) for record in records]
    if all(new is old for new, old in zip(redacted, records, strict=True)):
        return body
    page[key] = msgspec.Raw(msgspec.json.encode(redacted)) if is_list else redacted[0]
    return msgspec.json.encode(page)


def series_of(body: bytes) -> str | None:
    """The API series whose page or record this is, by the fields that it has; None where it is of neither.

    Args:
        body: a page, or one record of it.
    """
    try:
        fields = _OBJECT.decode(body).keys()
    except ValueError:
        return None
    if fields & {"@attributes", "saleID", "customerID", "itemID"}:
        return "r_series"
    return "x_series" if fields & {"data", "id"} else None


def is_placeholder(record: bytes) -> bool:
    """Whether a record is what stands in the place of a customer who was taken out."""
    return bytes(record) == bytes(PLACEHOLDER)


def _unlinked(record: msgspec.Raw, series: str) -> msgspec.Raw:
    sale = _OBJECT.decode(record)
    sale[_SALE_CUSTOMER[series]] = _NOBODY[series]
    sale |= {name: empty for name, empty in _EMPTIED[series].items() if name in sale}
    outer = _LINES[series][0]
    if outer in sale:
        sale[outer] = _emptied(sale[outer], _LINES[series][1:], _EMPTIED_IN_LINES[series])
    return msgspec.Raw(msgspec.json.encode(sale))


def _emptied(raw: msgspec.Raw, inside: tuple[str, ...], fields: dict[str, msgspec.Raw]) -> msgspec.Raw:
    """Lines (a list, a bare object, or an object that has them inside) with some of their fields emptied."""
    text = bytes(raw).strip()
    if text.startswith(b"["):
        return msgspec.Raw(msgspec.json.encode([_emptied(line, inside, fields) for line in _LIST.decode(text)]))
    if not text.startswith(b"{"):
        return raw
    line = _OBJECT.decode(text)
    if inside and inside[0] in line:
        line[inside[0]] = _emptied(line[inside[0]], (), fields)
    else:
        line |= {name: empty for name, empty in fields.items() if name in line}
    return msgspec.Raw(msgspec.json.encode(line))
