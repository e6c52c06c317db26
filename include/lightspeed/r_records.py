"""R-Series V3 records, decoded and brought into the tables' columns.

Quirks of V3: every scalar is a string, a relation of one is a bare object, an empty relation is an empty
string or no key at all, and the id "0" means none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated, TypeVar

import msgspec

from include.lightspeed.rows import (
    ZERO,
    ParsedSale,
    RecordError,
    SaleHead,
    SaleLine,
    tenders,
    unit_price,
)

RecordT = TypeVar("RecordT", bound="Record")
Time = Annotated[datetime, msgspec.Meta(tz=True)]


class Record(msgspec.Struct, gc=False, rename="camel"):
    """Shared settings: V3 writes camelCase, and ids with a capital ID."""


class RLine(Record):
    """A line of a sale. Amounts named calc are the line's, with more than two decimals."""

    sale_line_id: str = msgspec.field(name="saleLineID")
    unit_quantity: Decimal
    calc_subtotal: Decimal
    unit_price: Decimal = ZERO
    calc_line_discount: Decimal = ZERO
    calc_transaction_discount: Decimal = ZERO
    calc_total: Decimal | None = None
    calc_tax1: Decimal = msgspec.field(name="calcTax1", default=ZERO)
    calc_tax2: Decimal = msgspec.field(name="calcTax2", default=ZERO)
    item_id: str = msgspec.field(name="itemID", default="0")
    parent_sale_line_id: str = msgspec.field(name="parentSaleLineID", default="0")


class RLines(msgspec.Struct, gc=False):
    """The relation ``SaleLines``."""

    lines: list[RLine] | RLine | str = msgspec.field(name="SaleLine", default="")


class RPaymentType(Record):
    """How was paid: the shop's own name, and the kind (cash, credit card, …)."""

    name: str | None = None
    type: str | None = None


class RPayment(Record):
    """A payment, tip included; archived means as good as voided."""

    amount: Decimal
    archived: bool = False
    payment_type_id: str = msgspec.field(name="paymentTypeID", default="0")
    payment_type: RPaymentType | str = msgspec.field(name="PaymentType", default="")


class RPayments(msgspec.Struct, gc=False):
    """The relation ``SalePayments``."""

    payments: list[RPayment] | RPayment | str = msgspec.field(name="SalePayment", default="")


class RSale(Record):
    """A sale with its lines and payments. ``updateTime`` is written in two ways in the documentation."""

    sale_id: str = msgspec.field(name="saleID")
    completed: bool
    voided: bool
    time_stamp: Time
    complete_time: Time | None = None
    updatetime: Time | None = None
    update_time: Time | None = None
    is_tax_inclusive: bool = False
    change: Decimal = ZERO
    calc_total: Decimal | None = None
    customer_id: str = msgspec.field(name="customerID", default="0")
    register_id: str = msgspec.field(name="registerID", default="0")
    shop_id: str = msgspec.field(name="shopID", default="0")
    employee_id: str = msgspec.field(name="employeeID", default="0")
    sale_lines: RLines | str = msgspec.field(name="SaleLines", default="")
    sale_payments: RPayments | str = msgspec.field(name="SalePayments", default="")


_SALE = msgspec.json.Decoder(RSale, strict=False)


def parse_sale(raw: msgspec.Raw) -> ParsedSale:
    """Read one sale.

    Raises:
        msgspec.DecodeError: the record lacks a field or has one of another type.
        RecordError: a completed sale without a time of completion.
    """
    sale = _SALE.decode(raw)
    updated_at = sale.updatetime or sale.update_time or sale.time_stamp
    version = int(updated_at.timestamp())
    if not sale.completed:
        return ParsedSale(sale.sale_id, version, None, updated_at, None, [])
    if sale.complete_time is None:
        raise RecordError("a completed sale has no completeTime")
    main, amounts = tenders(_payments(sale))
    head = SaleHead(
        sale.complete_time,
        none_if_zero(sale.customer_id),
        main,
        sale.sale_id,
        amounts,
        none_if_zero(sale.register_id),
        none_if_zero(sale.shop_id),
        none_if_zero(sale.employee_id),
        sale.voided,
        updated_at,
    )
    lines = as_list(sale.sale_lines.lines) if isinstance(sale.sale_lines, RLines) else []
    return ParsedSale(
        sale.sale_id,
        version,
        sale.complete_time,
        updated_at,
        head,
        [_line(line, sale.is_tax_inclusive) for line in lines],
    )


def none_if_zero(identifier: str) -> str | None:
    """Return None for the ids that stand for nothing."""
    return None if identifier in {"0", ""} else identifier


def as_list(value: list[RecordT] | RecordT | str) -> list[RecordT]:
    """Return a relation's members, whether it came as a list, a bare object or an empty string."""
    if isinstance(value, str):
        return []
    return value if isinstance(value, list) else [value]


def _line(line: RLine, tax_inclusive: bool) -> SaleLine:
    discount = line.calc_line_discount + line.calc_transaction_discount
    tax = line.calc_tax1 + line.calc_tax2
    if tax_inclusive and line.calc_total is not None:
        total = line.calc_total - tax
    else:
        total = line.calc_subtotal - discount
    quantity = line.unit_quantity
    returned = quantity < 0
    return SaleLine(
        none_if_zero(line.item_id),
        quantity,
        unit_price(total, quantity, line.unit_price),
        line.sale_line_id,
        total,
        discount,
        tax,
        returned,
        none_if_zero(line.parent_sale_line_id) if returned else None,
    )


def _payments(sale: RSale) -> Iterator[tuple[str, Decimal]]:
    """Yield (name, amount) of the payments that count, and the change that a cash payment gave back."""
    if not isinstance(sale.sale_payments, RPayments):
        return
    payments = [payment for payment in as_list(sale.sale_payments.payments) if not payment.archived]
    yield from ((_tender(payment), payment.amount) for payment in payments)
    cash = next((payment for payment in payments if _kind(payment) == "cash"), None)
    if sale.change and cash and _includes_change(sale, payments):
        yield _tender(cash), -sale.change


def _includes_change(sale: RSale, payments: list[RPayment]) -> bool:
    """Say whether the amounts are what was handed over: then they exceed the total by the change."""
    excess = sum((payment.amount for payment in payments), ZERO) - (sale.calc_total or ZERO)
    return sale.calc_total is not None and abs(excess - sale.change) < abs(excess)


def _kind(payment: RPayment) -> str | None:
    return payment.payment_type.type if isinstance(payment.payment_type, RPaymentType) else None


def _tender(payment: RPayment) -> str:
    kind = payment.payment_type
    name = (kind.name or kind.type) if isinstance(kind, RPaymentType) else None
    return name or f"payment type {payment.payment_type_id}"
