"""X-Series records, decoded and brought into the tables' columns: sales of any API version, customers, products."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from include.lightspeed import x_dated_sales, x_sales
from include.lightspeed.rows import ParsedSale, Row, calendar_date
from include.lightspeed.social import social_handles
from include.lightspeed.x_sales import Time


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
    website: Any = None
    custom_field_1: Any = None
    custom_field_2: Any = None
    custom_field_3: Any = None
    custom_field_4: Any = None
    created_at: Time | None = None
    updated_at: Time | None = None
    deleted_at: str | None = None


_CUSTOMER = msgspec.json.Decoder(XCustomer)
_PRODUCT = msgspec.json.Decoder(XProduct)


def parse_sale(raw: msgspec.Raw) -> ParsedSale:
    """Read one sale in the shape of API 2.0 or of a dated version; both give the same row.

    Raises:
        msgspec.DecodeError: the record lacks a field or has one of another type.
        RecordError: an unknown status or state, or a completed sale without a date.
    """
    return x_sales.to_row(x_dated_sales.decode_sale(raw) if x_dated_sales.is_dated(raw) else x_sales.decode_sale(raw))


def parse_customer(raw: msgspec.Raw) -> Row:
    """Read one customer into the columns of ``customers`` up to ``source_updated_at``, without ``source``."""
    it = _CUSTOMER.decode(raw)
    links = (it.custom_field_1, it.custom_field_2, it.custom_field_3, it.custom_field_4, it.website)
    return (
        it.id,
        it.first_name or None,
        it.last_name or None,
        it.email or None,
        it.mobile or it.phone or None,
        it.company_name or None,
        None if it.do_not_email is None else not it.do_not_email,
        calendar_date(it.date_of_birth),
        *social_handles(links),
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
