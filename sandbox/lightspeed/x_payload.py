"""X-Series JSON shapes: numbers are numbers, ids are UUIDs, times are UTC with an offset."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from sandbox.lightspeed.records import (
    MICROS,
    Customer,
    Line,
    Payment,
    PaymentType,
    Product,
    Sale,
    iso_seconds,
    tax_of,
    unit_price,
    uuid_of,
)

encode_json = msgspec.json.Encoder().encode
_TAX_ID: Final = uuid_of("tax", 1)
_STATES: Final = {"SAVED": "parked", "CLOSED": "closed", "VOIDED": "voided"}


class XLine(msgspec.Struct, gc=False):
    """``line_items[]`` of ``/api/2.0/sales``; ``price`` is the unit price after discounts, tax-exclusive."""

    id: str
    product_id: str | None
    quantity: int | float
    price: float
    unit_price: float
    price_total: float
    total_price: float
    discount: float
    discount_total: float
    tax: float
    tax_total: float
    tax_components: list[dict[str, Any]]
    is_return: bool
    status: str
    sequence: int
    salesperson_id: str
    tax_id: str = _TAX_ID
    cost: float = 0.0
    loyalty_value: float = 0.0
    price_set: bool = False
    note: str | None = None


class XPayment(msgspec.Struct, gc=False):
    """``payments[]`` of ``/api/2.0/sales``; ``payment_type_id`` is the deprecated field."""

    id: str
    register_id: str
    outlet_id: str
    retailer_payment_type_id: str
    payment_type_id: str
    name: str
    amount: float
    payment_date: str
    external_attributes: list[Any] = []


class XSale(msgspec.Struct, kw_only=True, gc=False):
    """One sale of ``/api/2.0/sales``; ``total_price`` is tax-exclusive."""

    id: str
    outlet_id: str
    register_id: str
    user_id: str
    customer_id: str | None
    invoice_number: str
    receipt_number: str
    status: str
    state: str
    attributes: list[str] = []
    note: str = ""
    short_code: str
    return_for: str | None
    total_price: float
    total_tax: float
    total_loyalty: float = 0.0
    created_at: str
    updated_at: str
    sale_date: str
    deleted_at: str | None = None
    line_items: list[XLine]
    payments: list[XPayment]
    adjustments: list[Any] = []
    taxes: list[dict[str, Any]]
    version: int
    source: str = "USER"
    source_id: str | None = None


def status_of(sale: Sale) -> str:
    """``SAVED`` (parked), ``CLOSED`` or ``VOIDED``."""
    if sale.is_voided:
        return "VOIDED"
    return "CLOSED" if sale.is_completed else "SAVED"


def _lines(sale: Sale, line_status: str, tax: int) -> list[XLine]:
    employee = uuid_of("employee", sale.employee_id)
    return [_line(line, number, line_status, employee, tax) for number, line in enumerate(sale.lines)]


def _line(line: Line, sequence: int, status: str, employee: str, basis_points: int) -> XLine:
    quantity, total = line.quantity, line.total
    price, net = unit_price(total, quantity), total / MICROS
    tax_total = tax_of(total, basis_points)
    return XLine(
        uuid_of("sale_line", line.line_id),
        uuid_of("product", line.product_id) if line.product_id else None,
        quantity,
        price,
        price,
        net,
        net,
        unit_price(line.discount, quantity),
        line.discount / MICROS,
        unit_price(tax_total, quantity),
        tax_total / MICROS,
        [{"rate_id": _TAX_ID, "total_tax": tax_total / MICROS}],
        total < 0 or quantity < 0,
        status,
        sequence,
        employee,
    )


def _payment(payment: Payment, sale: Sale, types: dict[int, str], date: str) -> XPayment:
    type_id = uuid_of("payment_type", payment.type_id)
    return XPayment(
        uuid_of("payment", payment.payment_id),
        uuid_of("register", sale.register_id),
        uuid_of("shop", sale.shop_id),
        type_id,
        str(payment.type_id),
        types[payment.type_id],
        payment.amount / MICROS,
        date,
    )


def sale_2_0(sale: Sale, types: dict[int, str], tax: int) -> XSale:
    """One sale in the flat shape of ``/api/2.0``.

    Args:
        sale: The sale.
        types: Names of payment types by id.
        tax: Tax in basis points.
    """
    status = status_of(sale)
    date = iso_seconds(sale.created_us if sale.completed_us is None else sale.completed_us)
    lines = _lines(sale, "CONFIRMED" if status == "CLOSED" else status, tax)
    total, taxes = sale.total / MICROS, sum(tax_of(line.total, tax) for line in sale.lines) / MICROS
    return XSale(
        id=uuid_of("sale", sale.sale_id),
        outlet_id=uuid_of("shop", sale.shop_id),
        register_id=uuid_of("register", sale.register_id),
        user_id=uuid_of("employee", sale.employee_id),
        customer_id=uuid_of("customer", sale.customer_id) if sale.customer_id else None,
        invoice_number=str(sale.sale_id),
        receipt_number=str(sale.sale_id),
        status=status,
        state=_STATES[status],
        short_code=f"{sale.sale_id % 1_000_000:06d}",
        return_for=uuid_of("sale", sale.return_of) if sale.return_of else None,
        total_price=total,
        total_tax=taxes,
        created_at=iso_seconds(sale.created_us),
        updated_at=iso_seconds(sale.updated_us),
        sale_date=date,
        line_items=lines,
        payments=[_payment(payment, sale, types, date) for payment in sale.payments],
        taxes=[{"id": _TAX_ID, "tax": taxes}],
        version=sale.version,
    )


def sale_2026_07(sale: Sale, types: dict[int, str], tax: int, return_ids: list[int]) -> dict[str, Any]:
    """One sale in the nested shape of ``/api/2026-07``; ``return_ids`` are the sales that return it."""
    flat = sale_2_0(sale, types, tax)
    place = {"outlet_id": flat.outlet_id, "register_id": flat.register_id}
    return {
        "id": flat.id,
        "state": flat.state,
        "attributes": flat.attributes,
        "date": flat.sale_date,
        "created_at": flat.created_at,
        "updated_at": flat.updated_at,
        "deleted_at": None,
        "customer_id": flat.customer_id,
        "invoice_number": flat.invoice_number,
        "receipt_number": flat.receipt_number,
        "source": {"author": {"id": flat.user_id}, "id": None, "type": "USER", **place},
        "totals": {
            "price": flat.total_price,
            "price_incl_tax": (sale.total + round(flat.total_tax * MICROS)) / MICROS,
            "tax": flat.total_tax,
            "loyalty": 0.0,
            "surcharge": 0.0,
        },
        "return": {
            "is_return": sale.return_of > 0,
            "original_sale_id": flat.return_for,
            "return_sale_ids": [uuid_of("sale", number) for number in return_ids],
        },
        "line_items": [_nested_line(line) for line in flat.line_items],
        "payments": [_nested_payment(payment, place) for payment in flat.payments],
        "adjustments": [],
        "ecom_custom_charges": [],
        "taxes": flat.taxes,
        "_metadata": {
            "version": sale.version,
            "complete_open_sequence_id": None,
            "has_unsynced_on_account_payments": False,
        },
    }


def _nested_line(line: XLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "product": {"id": line.product_id},
        "quantity": line.quantity,
        "pricing": {
            "price": line.price,
            "total": line.price_total,
            "cost": line.cost,
            "discount": line.discount,
            "discount_total": line.discount_total,
        },
        "tax": {"id": line.tax_id, "amount": line.tax, "total": line.tax_total},
        "return": {"is_return": line.is_return, "reason": None},
        "status": line.status,
        "sequence": line.sequence,
        "salesperson_id": line.salesperson_id,
        "note": line.note,
    }


def _nested_payment(payment: XPayment, place: dict[str, str]) -> dict[str, Any]:
    kind = {
        "id": payment.payment_type_id,
        "config_id": payment.retailer_payment_type_id,
        "name": payment.name,
    }
    return {
        "id": payment.id,
        "amount": payment.amount,
        "date": payment.payment_date,
        "type": kind,
        "source": {"id": None, **place},
        "deleted_at": None,
    }


def customer(record: Customer) -> dict[str, Any]:
    """One customer of ``/api/2.0/customers``; what the customer did not give is null."""
    return {
        "id": uuid_of("customer", record.customer_id),
        "customer_code": record.code,
        "first_name": record.first_name,
        "last_name": record.last_name,
        "email": record.emails[0] if record.emails else None,
        "mobile": record.phones[0] if record.phones else None,
        "phone": None,
        "company_name": record.company or None,
        "do_not_email": not record.accepts_email,
        "enable_loyalty": False,
        "loyalty_balance": 0.0,
        "year_to_date": 0.0,
        "balance": 0.0,
        "date_of_birth": record.date_of_birth or None,
        "physical_city": record.city or None,
        "custom_field_1": f"Instagram: {record.instagram}" if record.instagram else None,
        "custom_field_2": f"Facebook: {record.facebook}" if record.facebook else None,
        "created_at": iso_seconds(record.created_us),
        "updated_at": iso_seconds(record.updated_us),
        "deleted_at": iso_seconds(record.updated_us) if record.is_archived else None,
        "version": record.version,
    }


def product(record: Product, paths: dict[int, list[dict[str, str]]], tax: int) -> dict[str, Any]:
    """One product of ``/api/2.0/products``.

    Args:
        record: The product.
        paths: ``{id, name}`` of each category's nodes from the root down, by category id.
        tax: Tax in basis points.
    """
    path = paths.get(record.category_id, [])
    category = {**path[-1], "leaf_category": True, "category_path": path} if path else None
    size = f" {record.package_size}" if record.package_size else ""
    return {
        "id": uuid_of("product", record.product_id),
        "name": record.description + size,
        "variant_name": record.description + size,
        "handle": f"product-{record.product_id}",
        "sku": record.sku,
        "description": record.description,
        "brand": {"id": uuid_of("brand", 1 + (record.brand != "National")), "name": record.brand}
        if record.brand
        else None,
        "product_category": category,
        "supply_price": record.cost / MICROS,
        "price_excluding_tax": record.price / MICROS,
        "price_including_tax": (record.price + tax_of(record.price, tax)) / MICROS,
        "is_active": not record.is_archived,
        "active": not record.is_archived,
        "has_inventory": True,
        "has_variants": False,
        "variant_parent_id": None,
        "created_at": iso_seconds(record.created_us),
        "updated_at": iso_seconds(record.updated_us),
        "deleted_at": iso_seconds(record.updated_us) if record.is_archived else None,
        "version": record.version,
    }


def payment_type(record: PaymentType) -> dict[str, Any]:
    """One payment type of ``/api/2.0/payment_types``."""
    return {
        "id": uuid_of("payment_type", record.payment_type_id),
        "name": record.name,
        "type_id": str(record.payment_type_id),
        "version": record.version,
    }
