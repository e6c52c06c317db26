"""X-Series 2.0 records, decoded and brought into the tables' columns."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import msgspec

from include.lightspeed.rows import (
    ZERO,
    ParsedSale,
    RecordError,
    Row,
    SaleHead,
    SaleLine,
    calendar_date,
    tenders,
    unit_price,
)

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


class XNamed(msgspec.Struct, gc=False):
    """A brand, or one step of a category's path."""

    name: str | None = None


class XCategory(msgspec.Struct, gc=False):
    """A product's category and the steps that lead to it, the root first."""

    id: str | None = None
    name: str | None = None
    category_path: list[XNamed] | None = None


class XProduct(msgspec.Struct, gc=False):
    """A product or one variant of it."""

    id: str
    name: str | None = None
    variant_name: str | None = None
    sku: str | None = None
    active: bool | None = None
    brand: XNamed | None = None
    product_category: XCategory | None = None
    type: XCategory | None = None
    price_excluding_tax: Decimal | None = None
    supply_price: Decimal | None = None
    created_at: Time | None = None
    updated_at: Time | None = None
    deleted_at: str | None = None


class XCustomer(msgspec.Struct, gc=False):
    """A customer."""

    id: str
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    mobile: str | None = None
    phone: str | None = None
    company_name: str | None = None
    do_not_email: bool | None = None
    date_of_birth: str | None = None
    created_at: Time | None = None
    updated_at: Time | None = None
    deleted_at: str | None = None


_SALE = msgspec.json.Decoder(XSale)
_CUSTOMER = msgspec.json.Decoder(XCustomer)
_PRODUCT = msgspec.json.Decoder(XProduct)


def parse_sale(raw: msgspec.Raw) -> ParsedSale:
    """Read one sale.

    Raises:
        msgspec.DecodeError: the record lacks a field or has one of another type.
        RecordError: an unknown status, or a completed sale without a date.
    """
    sale = _SALE.decode(raw)
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
        raise RecordError(f"the sale's status {sale.status[:40]!r} is not one of API 2.0's")
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


def parse_customer(raw: msgspec.Raw) -> Row:
    """Read one customer into the columns of ``customers`` up to ``source_updated_at``, without ``source``."""
    it = _CUSTOMER.decode(raw)
    return (
        it.id,
        it.first_name or None,
        it.last_name or None,
        it.email or None,
        it.mobile or it.phone or None,
        it.company_name or None,
        None if it.do_not_email is None else not it.do_not_email,
        calendar_date(it.date_of_birth),
        bool(it.deleted_at),
        it.created_at,
        it.updated_at,
    )


def parse_product(raw: msgspec.Raw) -> Row:
    """Read one product into the columns of ``products`` up to ``source_updated_at``, without ``source``."""
    it = _PRODUCT.decode(raw)
    category = it.product_category or it.type or XCategory()
    path = [step.name for step in category.category_path or [] if step.name]
    return (
        it.id,
        it.sku or None,
        it.variant_name or it.name or None,
        it.brand.name if it.brand else None,
        category.id,
        category.name,
        "/".join(path) or category.name,
        it.price_excluding_tax,
        it.supply_price,
        bool(it.deleted_at) or it.active is False,
        it.created_at,
        it.updated_at,
    )
