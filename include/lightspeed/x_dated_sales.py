"""X-Series sales in the nested shape of the dated API versions (2026-07), brought into the shape of API 2.0.

A sale's ``state`` and ``attributes`` stand for the statuses of 2.0, by the table in Lightspeed's documentation
("States and attributes"). Attributes can be combined: a sale on account whose goods still wait for dispatch or
pickup has not left the shop, so it counts as waiting.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from include.lightspeed.rows import RecordError, told
from include.lightspeed.x_sales import VOIDED, Time, Version, XLine, XPayment, XSale

_CLOSED = {
    "layby": "LAYBY_CLOSED",
    "delivery": "DISPATCHED_CLOSED",
    "pickup": "PICKED_UP_CLOSED",
    "service": "SERVICE_CLOSED",
    "onaccount": "ONACCOUNT_CLOSED",
}
_PENDING = {
    "layby": "LAYBY",
    "delivery": "AWAITING_DISPATCH",
    "pickup": "AWAITING_PICKUP",
    "service": "SERVICE",
    "onaccount": "ONACCOUNT",
}


class _Identified(msgspec.Struct, gc=False):
    id: str | None = None


class _Pricing(msgspec.Struct, gc=False):
    price: Decimal | None = None
    total: Decimal | None = None
    discount: Decimal | None = None
    discount_total: Decimal | None = None


class _Tax(msgspec.Struct, gc=False):
    amount: Decimal | None = None
    total: Decimal | None = None


class _LineReturn(msgspec.Struct, gc=False):
    is_return: bool | None = None


class _Line(msgspec.Struct, gc=False):
    id: str
    quantity: Decimal
    product: _Identified | None = None
    pricing: _Pricing | None = None
    tax: _Tax | None = None
    returned: _LineReturn | None = msgspec.field(name="return", default=None)
    status: str | None = None


class _PaymentType(msgspec.Struct, gc=False):
    name: str | None = None
    config_id: str | None = None


class _Payment(msgspec.Struct, gc=False):
    amount: Decimal
    type: _PaymentType | None = None
    deleted_at: str | None = None


class _Source(msgspec.Struct, gc=False):
    author: _Identified | None = None
    outlet_id: str | None = None
    register_id: str | None = None


class _Metadata(msgspec.Struct, gc=False):
    version: Version


class _Sale(msgspec.Struct, gc=False):
    id: str
    state: str
    metadata: _Metadata = msgspec.field(name="_metadata")
    attributes: list[str] | None = None
    date: Time | None = None
    updated_at: Time | None = None
    deleted_at: str | None = None
    customer_id: str | None = None
    source: _Source | None = None
    line_items: list[_Line] | None = None
    payments: list[_Payment] | None = None


class _Shape(msgspec.Struct, gc=False):
    metadata: msgspec.Raw | msgspec.UnsetType = msgspec.field(name="_metadata", default=msgspec.UNSET)


_SALE = msgspec.json.Decoder(_Sale)
_SHAPE = msgspec.json.Decoder(_Shape)


def is_dated(raw: msgspec.Raw) -> bool:
    """Say whether a record has the shape of a dated version: only those have ``_metadata``."""
    if b'"_metadata"' not in bytes(raw):
        return False
    try:
        return _SHAPE.decode(raw).metadata is not msgspec.UNSET
    except (ValueError, RecursionError):
        return False


def decode_sale(raw: msgspec.Raw) -> XSale:
    """Decode one sale of a dated version into the shape of API 2.0.

    Raises:
        msgspec.DecodeError: the record lacks a field or has one of another type.
        RecordError: an unknown state.
    """
    sale = _SALE.decode(raw)
    source = sale.source or _Source()
    return XSale(
        id=sale.id,
        version=sale.metadata.version,
        status=_status(sale.state, sale.attributes or []),
        line_items=[_line(line) for line in sale.line_items or []],
        payments=[_payment(payment) for payment in sale.payments or []],
        sale_date=sale.date,
        updated_at=sale.updated_at,
        deleted_at=sale.deleted_at,
        customer_id=sale.customer_id,
        register_id=source.register_id,
        outlet_id=source.outlet_id,
        user_id=source.author.id if source.author else None,
    )


def _status(state: str, attributes: list[str]) -> str:
    """Return the status of 2.0; what delays the handing over of goods goes before who owes the money."""
    if state == "parked":
        return "SAVED"
    if state == "voided":
        return VOIDED
    if state not in {"closed", "pending"}:
        raise RecordError(f"the sale's state {told(state)} is not one of parked, pending, voided, closed")
    names, plain = (_CLOSED, "CLOSED") if state == "closed" else (_PENDING, "OPEN")
    return next((status for attribute, status in names.items() if attribute in attributes), plain)


def _line(line: _Line) -> XLine:
    pricing, tax = line.pricing or _Pricing(), line.tax or _Tax()
    return XLine(
        id=line.id,
        quantity=line.quantity,
        product_id=line.product.id if line.product else None,
        price=pricing.price,
        price_total=pricing.total,
        discount=pricing.discount,
        discount_total=pricing.discount_total,
        tax=tax.amount,
        tax_total=tax.total,
        is_return=line.returned.is_return if line.returned else None,
        status=line.status.upper() if line.status else None,
    )


def _payment(payment: _Payment) -> XPayment:
    kind = payment.type or _PaymentType()
    return XPayment(payment.amount, kind.name, kind.config_id, payment.deleted_at)
