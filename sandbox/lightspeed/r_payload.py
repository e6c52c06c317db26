"""R-Series V3 JSON of sales: scalars are strings, one of a list is an object, an empty nest is ``""``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from sandbox.lightspeed.r_catalogue import customer, flag, item, nest, payment_type
from sandbox.lightspeed.records import (
    MICROS,
    Customer,
    Line,
    PaymentType,
    Product,
    Sale,
    decimal_text,
    iso_seconds,
    tax_of,
    unit_price,
)

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

encode_json = msgspec.json.Encoder().encode
_SPECIAL_NAMES: Final = {
    "calc_fifo_cost": "calcFIFOCost",
    "sale_lines": "SaleLines",
    "sale_payments": "SalePayments",
    "customer": "Customer",
    "item": "Item",
    "payment_type": "PaymentType",
}


def _r_name(name: str) -> str:
    """``unit_price`` -> ``unitPrice``, ``sale_id`` -> ``saleID``."""
    if name in _SPECIAL_NAMES:
        return _SPECIAL_NAMES[name]
    first, *rest = name.split("_")
    return first + "".join("ID" if part == "id" else part.capitalize() for part in rest)


class RLine(msgspec.Struct, kw_only=True, rename=_r_name, gc=False):
    """One ``SaleLine``."""

    sale_line_id: str
    create_time: str
    time_stamp: str
    unit_quantity: str
    unit_price: str
    normal_unit_price: str
    discount_amount: str
    discount_percent: str = "0"
    avg_cost: str = "0"
    fifo_cost: str = "0"
    tax: str = "true"
    tax1_rate: str
    tax2_rate: str = "0"
    is_layaway: str = "false"
    is_workorder: str = "false"
    is_special_order: str = "false"
    displayable_subtotal: str
    displayable_unit_price: str
    calc_line_discount: str
    calc_transaction_discount: str = "0"
    calc_total: str
    calc_subtotal: str
    calc_tax1: str
    calc_tax2: str = "0"
    tax_class_id: str = "1"
    customer_id: str
    discount_id: str = "0"
    employee_id: str
    item_id: str
    note_id: str = "0"
    parent_sale_line_id: str
    shop_id: str
    tax_category_id: str = "1"
    sale_id: str
    item: Any = msgspec.UNSET


class RSale(msgspec.Struct, kw_only=True, rename=_r_name, gc=False):
    """One ``Sale``; ``completeTime`` is absent until the sale is completed."""

    sale_id: str
    time_stamp: str
    discount_percent: str = "0"
    completed: str
    archived: str = "false"
    voided: str
    enable_promotions: str = "true"
    is_tax_inclusive: str = "false"
    create_time: str
    updatetime: str
    complete_time: str | msgspec.UnsetType = msgspec.UNSET
    reference_number: str = ""
    reference_number_source: str = ""
    tax1_rate: str
    tax2_rate: str = "0"
    change: str = "0"
    tip_enabled: str = "false"
    receipt_preference: str = "printed"
    displayable_subtotal: str
    ticket_number: str
    calc_discount: str
    calc_total: str
    calc_subtotal: str
    calc_taxable: str
    calc_non_taxable: str = "0"
    calc_avg_cost: str = "0"
    calc_fifo_cost: str = "0"
    calc_tax1: str
    calc_tax2: str = "0"
    calc_payments: str
    calc_tips: str = "0"
    total: str
    total_due: str
    displayable_total: str
    balance: str
    customer_id: str
    discount_id: str = "0"
    employee_id: str
    tip_employee_id: str = "0"
    quote_id: str = "0"
    register_id: str
    ship_to_id: str = "0"
    shop_id: str
    tax_category_id: str = "1"
    tax_total: str
    customer: Any = msgspec.UNSET
    sale_lines: Any = msgspec.UNSET
    sale_payments: Any = msgspec.UNSET


class SaleParts(msgspec.Struct):
    """What the relations of a page of sales refer to, by id."""

    payment_types: dict[int, PaymentType]
    customers: dict[int, Customer]
    products: dict[int, Product]


def _cents(micros: int) -> str:
    """A header amount: rounded half up to two decimals."""
    cent = MICROS // 100
    return decimal_text((micros + cent // 2) // cent * cent)


def _price_text(price: float) -> str:
    whole, _, digits = f"{price:.7f}".partition(".")
    return f"{whole}.{digits[:2]}{digits[2:].rstrip('0')}"


def sale(record: Sale, relations: AbstractSet[str], parts: SaleParts, tax: int) -> RSale:
    """One sale with the relations that were asked for.

    Args:
        record: The sale.
        relations: Names as in ``load_relations`` (``SaleLines``, ``SalePayments.PaymentType`` ...).
        parts: What the relations refer to.
        tax: Tax in basis points.
    """
    net = record.total
    discount = sum(line.discount for line in record.lines)
    taxes = sum(tax_of(line.total, tax) for line in record.lines)
    paid = sum(payment.amount for payment in record.payments)
    total = _cents(net + taxes)
    payload = RSale(
        sale_id=str(record.sale_id),
        time_stamp=iso_seconds(record.timestamp_s * MICROS),
        completed=flag(record.is_completed),
        voided=flag(record.is_voided),
        create_time=iso_seconds(record.created_us),
        updatetime=iso_seconds(record.updated_us),
        tax1_rate=_rate(tax),
        displayable_subtotal=_cents(net),
        ticket_number=f"{record.sale_id:012d}",
        calc_discount=_cents(discount),
        calc_total=total,
        calc_subtotal=_cents(net + discount),
        calc_taxable=_cents(net),
        calc_tax1=decimal_text(taxes),
        calc_payments=_cents(paid),
        total=total,
        total_due=total,
        displayable_total=total,
        balance=_cents(net + taxes - paid) if record.is_completed else total,
        customer_id=str(record.customer_id),
        employee_id=str(record.employee_id),
        register_id=str(record.register_id),
        shop_id=str(record.shop_id),
        tax_total=_cents(taxes),
    )
    if record.completed_us is not None:
        payload.complete_time = iso_seconds(record.completed_us)
    _add_relations(payload, record, relations, parts, tax)
    return payload


def _add_relations(payload: RSale, record: Sale, relations: AbstractSet[str], parts: SaleParts, tax: int) -> None:
    if "SaleLines" in relations and record.lines:
        with_items = "SaleLines.Item" in relations
        payload.sale_lines = nest("SaleLine", _lines(record, payload, tax, parts if with_items else None))
    if "SalePayments" in relations:
        with_types = "SalePayments.PaymentType" in relations
        payload.sale_payments = nest("SalePayment", _payments(record, payload, parts if with_types else None))
    if "Customer" in relations and record.customer_id in parts.customers:
        payload.customer = customer(parts.customers[record.customer_id], "Customer.Contact" in relations)


def _rate(basis_points: int) -> str:
    return f"{basis_points / 10_000:g}"


def _lines(record: Sale, head: RSale, tax: int, parts: SaleParts | None) -> list[RLine]:
    stamps = (head.create_time, head.time_stamp)
    owner = (head.customer_id, head.employee_id, head.shop_id, head.sale_id)
    lines = [_line(line, stamps, owner, head.tax1_rate, tax) for line in record.lines]
    if parts is not None:
        for line, source in zip(lines, record.lines, strict=True):
            if source.product_id in parts.products:
                line.item = item(parts.products[source.product_id])
    return lines


def _line(line: Line, stamps: tuple[str, str], owner: tuple[str, str, str, str], rate: str, tax: int) -> RLine:
    subtotal, quantity = line.total + line.discount, line.quantity
    if quantity == 1:
        price = net_price = decimal_text(subtotal)
        net_price = decimal_text(line.total) if line.discount else price
    else:
        price, net_price = (
            _price_text(unit_price(subtotal, quantity)),
            _price_text(unit_price(line.total, quantity)),
        )
    discount, taxes, net = decimal_text(line.discount), tax_of(line.total, tax), decimal_text(line.total)
    return RLine(
        sale_line_id=str(line.line_id),
        create_time=stamps[0],
        time_stamp=stamps[1],
        unit_quantity=str(quantity),
        unit_price=price,
        normal_unit_price=price,
        discount_amount=discount,
        tax1_rate=rate,
        displayable_subtotal=net,
        displayable_unit_price=net_price,
        calc_line_discount=discount,
        calc_total=decimal_text(line.total + taxes),
        calc_subtotal=decimal_text(subtotal),
        calc_tax1=decimal_text(taxes),
        customer_id=owner[0],
        employee_id=owner[1],
        item_id=str(line.product_id),
        parent_sale_line_id=str(line.parent_line_id),
        shop_id=owner[2],
        sale_id=owner[3],
    )


def _payments(record: Sale, head: RSale, parts: SaleParts | None) -> list[dict[str, Any]]:
    payments = []
    for payment in record.payments:
        payload: dict[str, Any] = {
            "salePaymentID": str(payment.payment_id),
            "amount": decimal_text(payment.amount),
            "tipAmount": "0",
            "createTime": head.create_time,
            "archived": "false",
            "remoteReference": "",
            "paymentID": str(payment.payment_id),
            "saleID": head.sale_id,
            "paymentTypeID": str(payment.type_id),
            "ccChargeID": "0",
            "refPaymentID": "0",
            "registerID": head.register_id,
            "employeeID": head.employee_id,
            "creditAccountID": "0",
        }
        if parts is not None:
            payload["PaymentType"] = payment_type(parts.payment_types[payment.type_id])
        payments.append(payload)
    return payments
