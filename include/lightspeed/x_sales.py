"""X-Series sales in the shape of API 2.0, decoded and brought into the tables' columns."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec

from include.lightspeed.rows import ZERO, ParsedSale, RecordError, SaleHead, SaleLine, tenders, told, unit_price

Time = Annotated[datetime, msgspec.Meta(tz=True)]
Version = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A version number: greater than 2**31 in real shops, an INT64 in BigQuery."""

COMPLETED = frozenset(
    {
        "CLOSED",
        "ONACCOUNT",
        "ONACCOUNT_CLOSED",
        "LAYBY_CLOSED",
        "DISPATCHED_CLOSED",
        "PICKED_UP_CLOSED",
        "SERVICE_CLOSED",
    }
)
"""Statuses of a completed sale. An on-account sale is one: the goods have left, only the payment is owed."""
NOT_COMPLETED = frozenset({"SAVED", "OPEN", "LAYBY", "AWAITING_DISPATCH", "AWAITING_PICKUP", "SERVICE"})
VOIDED = "VOIDED"


class XLine(msgspec.Struct, gc=False):
    """A line of a sale. ``price`` is per unit, all amounts are before tax."""

    id: str
    quantity: Decimal
    product_id: str | None = None
    price: Decimal | None = None
    price_total: Decimal | None = None
    total_price: Decimal | None = None
    discount: Decimal | None = None
    discount_total: Decimal | None = None
    tax: Decimal | None = None
    tax_total: Decimal | None = None
    is_return: bool | None = None
    status: str | None = None


class XPayment(msgspec.Struct, gc=False):
    """A payment; change given back is one with a negative amount."""

    amount: Decimal
    name: str | None = None
    retailer_payment_type_id: str | None = None
    deleted_at: str | None = None


class XSale(msgspec.Struct, gc=False):
    """A sale with its lines and payments."""

    id: str
    version: Version
    status: str
    line_items: list[XLine] | None = None
    payments: list[XPayment] | None = None
    sale_date: Time | None = None
    updated_at: Time | None = None
    deleted_at: str | None = None
    customer_id: str | None = None
    register_id: str | None = None
    outlet_id: str | None = None
    user_id: str | None = None


_SALE = msgspec.json.Decoder(XSale)


def decode_sale(raw: msgspec.Raw) -> XSale:
    """Decode one sale of API 2.0.

    Raises:
        msgspec.DecodeError: the record lacks a field or has one of another type.
    """
    return _SALE.decode(raw)


def to_row(sale: XSale) -> ParsedSale:
    """Bring one sale into the columns of ``sales``.

    Raises:
        RecordError: an unknown status, or a completed sale without a date.
    """
    if not _is_completed(sale):
        return ParsedSale(sale.id, sale.version, None, sale.updated_at, None, [])
    if sale.sale_date is None:
        raise RecordError("a completed sale has no sale_date")
    voided = sale.status == VOIDED
    main, amounts = tenders((_tender(each), each.amount) for each in sale.payments or [] if not each.deleted_at)
    head = SaleHead(
        sale.sale_date,
        sale.customer_id or None,
        main,
        sale.id,
        amounts,
        sale.register_id,
        sale.outlet_id,
        sale.user_id,
        voided,
        sale.updated_at,
    )
    lines = [_line(line) for line in sale.line_items or [] if voided or line.status != VOIDED]
    return ParsedSale(sale.id, sale.version, sale.sale_date, sale.updated_at, head, lines)


def _is_completed(sale: XSale) -> bool:
    """A voided sale had been completed if it carries payments; without any it was a discarded parked sale."""
    if sale.deleted_at or sale.status in NOT_COMPLETED:
        return False
    if sale.status == VOIDED:
        return bool(sale.payments)
    if sale.status not in COMPLETED:
        raise RecordError(f"the sale's status {told(sale.status)} is not one of API 2.0's")
    return True


def _tender(payment: XPayment) -> str:
    return payment.name or payment.retailer_payment_type_id or "unknown"


def _line(line: XLine) -> SaleLine:
    quantity = line.quantity
    total = line.price_total if line.price_total is not None else line.total_price
    if total is None:
        if line.price is None:
            raise RecordError("a sale line has neither price nor price_total")
        total = line.price * quantity
    return SaleLine(
        line.product_id or None,
        quantity,
        unit_price(total, quantity, total if line.price is None else line.price),
        line.id,
        total,
        _extended(line.discount_total, line.discount, quantity),
        _extended(line.tax_total, line.tax, quantity),
        bool(line.is_return) or quantity < 0,
        None,
    )


def _extended(total: Decimal | None, unit: Decimal | None, quantity: Decimal) -> Decimal:
    if total is not None:
        return total
    return ZERO if unit is None else unit * quantity
