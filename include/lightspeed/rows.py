"""What the parsers of both series produce: tuples in the order of the tables' columns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, NamedTuple

ZERO = Decimal(0)
NANO = Decimal("1e-9")
NUMERIC_CONTEXT = Context(prec=38, rounding=ROUND_HALF_UP)

Row = tuple[Any, ...]


class RecordError(ValueError):
    """A record that decodes but makes no sense; the message is the reason for its rejection."""


class SaleHead(NamedTuple):
    """The columns of ``sales`` that all lines of a sale share."""

    timestamp: datetime
    customer_id: str | None
    payment_method: str | None
    sale_id: str
    payment_methods: list[dict[str, Any]]
    register_id: str | None
    shop_id: str | None
    employee_id: str | None
    is_voided: bool
    source_updated_at: datetime | None


class SaleLine(NamedTuple):
    """The columns of ``sales`` that differ from line to line."""

    product_id: str | None
    quantity: Decimal
    price: Decimal
    sale_line_id: str
    line_total: Decimal
    discount: Decimal
    tax: Decimal
    is_return: bool
    returned_sale_line_id: str | None


class ParsedSale(NamedTuple):
    """One sale as seen: not completed means no head and no lines.

    ``version`` orders the states of a sale, a newer one is never lower: X-Series' own version number; on
    R-Series, which has none, the time of the last change in seconds since the epoch.
    """

    sale_id: str
    version: int
    completed_at: datetime | None
    updated_at: datetime | None
    head: SaleHead | None
    lines: list[SaleLine]


def unit_price(line_total: Decimal, quantity: Decimal, listed: Decimal) -> Decimal:
    """Return what was charged for one unit, so that price times quantity is the line's total.

    Args:
        line_total: after discounts, before tax.
        quantity: negative on a return.
        listed: the price that the API states; taken when it explains the total or the quantity is zero.
    """
    if not quantity or listed * quantity == line_total:
        return listed
    return NUMERIC_CONTEXT.quantize(NUMERIC_CONTEXT.divide(line_total, quantity), NANO)


def tenders(payments: Iterable[tuple[str, Decimal]]) -> tuple[str | None, list[dict[str, Any]]]:
    """Sum payments by name and find the one that paid most.

    On a refund, where the sum is negative, that is the one that paid back most. Ties go to the first name.
    Names whose amounts cancel out (a deposit's pair, change given back) are left out.
    """
    sums: dict[str, Decimal] = {}
    for name, amount in payments:
        # An amount alone keeps all its digits; one whose exponent Arrow cannot take (see `columns`) loses it here.
        sums[name] = sums[name] + amount if name in sums else NUMERIC_CONTEXT.plus(amount)
    rows: list[dict[str, Any]] = [{"name": name, "amount": amount} for name, amount in sorted(sums.items()) if amount]
    if len(rows) < 2:
        return (rows[0]["name"] if rows else None), rows
    refund = sum(sums.values()) < 0
    main = min(rows, key=lambda row: row["amount"] if refund else -row["amount"])
    return main["name"], rows


def told(name: str) -> str:
    """Quote a status that is not known, for a reason of rejection, unless it may be anything but a name."""
    return repr(name) if re.fullmatch(r"[A-Za-z_]{1,40}", name) else "(not a name)"


def calendar_date(text: str | None) -> date | None:
    """Read the date that a text begins with; empty and zero dates are None.

    Raises:
        RecordError: the text begins with something else.
    """
    if not text or text.startswith("0000"):
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise RecordError("the date of birth is not a date") from None
