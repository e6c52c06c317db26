"""What the store holds: sales with their lines and payments, customers, products, categories, payment types.

Times are microseconds since the epoch (UTC); money is an integer number of millionths ("micros").
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

import msgspec

MICROS: Final = 1_000_000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UUID_PREFIXES: Final = {
    "sale": "5a1e5a1e-0001",
    "sale_line": "5a1e11fe-0002",
    "payment": "5a1e0a1d-0003",
    "customer": "c0570ae4-0004",
    "product": "940d0c70-0005",
    "payment_type": "0a1d7e9e-0006",
    "shop": "0071e700-0007",
    "register": "4e615741-0008",
    "employee": "e3910aee-0009",
    "category": "ca7e6047-000a",
    "brand": "b4a4d000-000b",
    "tax": "7a8a7e00-000c",
}


class Line(msgspec.Struct, array_like=True, gc=False):
    """One sale line; ``total`` is after discounts and before tax, negative on a return."""

    line_id: int
    product_id: int
    quantity: int | float
    total: int
    discount: int
    parent_line_id: int = 0


class Payment(msgspec.Struct, array_like=True, gc=False):
    """One tender of a sale, tax included; negative on a refund."""

    payment_id: int
    type_id: int
    amount: int


class Sale(msgspec.Struct, kw_only=True):
    """One sale as it is now; ``timestamp_s`` is R-Series' ``timeStamp`` in whole seconds."""

    sale_id: int
    version: int
    is_completed: bool
    is_voided: bool
    is_live: bool
    created_us: int
    completed_us: int | None
    updated_us: int
    timestamp_s: int
    customer_id: int
    shop_id: int
    register_id: int
    employee_id: int
    return_of: int
    lines: list[Line]
    payments: list[Payment]

    @property
    def total(self) -> int:
        """Sum of the line totals, in micros."""
        return sum(line.total for line in self.lines)


class Customer(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One customer's body; ``phone`` and ``email`` are empty where the customer gave none."""

    first_name: str
    last_name: str
    emails: list[str] = []
    phones: list[str] = []
    company: str = ""
    date_of_birth: str = ""
    accepts_email: bool = True
    code: str = ""
    city: str = ""
    instagram: str = ""
    facebook: str = ""
    customer_id: int = 0
    version: int = 0
    created_us: int = 0
    updated_us: int = 0
    is_archived: bool = False


class Product(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One product's body; ``category_id`` 0 means none."""

    description: str
    sku: str
    brand: str = ""
    package_size: str = ""
    price: int = 0
    cost: int = 0
    product_id: int = 0
    version: int = 0
    created_us: int = 0
    updated_us: int = 0
    is_archived: bool = False
    category_id: int = 0


class Category(msgspec.Struct, kw_only=True):
    """One node of the category tree, with its nested-set bounds and its path from the root."""

    category_id: int
    parent_id: int
    name: str
    path: str
    depth: int
    left_node: int
    right_node: int
    created_us: int


class PaymentType(msgspec.Struct, kw_only=True):
    """One way to pay; ``kind`` is R-Series' type (cash, gift card, credit card, user defined ...)."""

    payment_type_id: int
    version: int
    name: str
    kind: str


encode_blob = msgspec.msgpack.Encoder().encode
decode_lines = msgspec.msgpack.Decoder(list[Line]).decode
decode_payments = msgspec.msgpack.Decoder(list[Payment]).decode
decode_customer = msgspec.msgpack.Decoder(Customer).decode
decode_product = msgspec.msgpack.Decoder(Product).decode


def to_us(moment: datetime) -> int:
    """Microseconds since the epoch of an aware datetime.

    Raises:
        ValueError: The datetime is naive.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone: give an aware datetime")
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_us(us: int) -> datetime:
    """Aware UTC datetime of a number of microseconds since the epoch."""
    return EPOCH + timedelta(microseconds=us)


def iso_seconds(us: int) -> str:
    """ISO 8601 in UTC, cut (never rounded up) to whole seconds: ``2014-09-18T01:37:56+00:00``."""
    return datetime.fromtimestamp(us // MICROS, UTC).isoformat()


def uuid_of(kind: str, number: int) -> str:
    """The X-Series id of an R-Series integer id: a UUID whose last 12 digits are the integer in hex."""
    return f"{_UUID_PREFIXES[kind]}-4000-8000-{number:012x}"


def number_of(identifier: str) -> int | None:
    """The integer behind an X-Series id or a decimal string; None if it is neither."""
    tail = identifier.rpartition("-")
    try:
        return int(tail[2], 16) if tail[1] else int(identifier)
    except ValueError:
        return None


@lru_cache(maxsize=1 << 16)
def decimal_text(micros: int) -> str:
    """A money amount as R-Series writes it: two decimals, more only where they are not zero."""
    sign, whole = ("-", -micros) if micros < 0 else ("", micros)
    units, fraction = divmod(whole, MICROS)
    digits = f"{fraction:06d}"
    return f"{sign}{units}.{digits[:2]}{digits[2:].rstrip('0')}"


@lru_cache(maxsize=1 << 16)
def unit_price(total: int, quantity: float) -> float:
    """Price of one unit, to seven decimals; a line of quantity 0 has its total for a price.

    The data set holds lines of quantity 0 with an amount; both the quantity and the amount stay as they are.
    """
    return round(total / quantity / MICROS, 7) if quantity else total / MICROS


def tax_of(total: int, basis_points: int) -> int:
    """Tax on a line in micros: exact to the micro for totals in whole cents."""
    return total * basis_points // 10_000
