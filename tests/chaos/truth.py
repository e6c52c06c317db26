"""What the tables must hold, replayed from the shop's own store: written apart from the code that it judges."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sandbox.lightspeed.records import Line, Payment, Sale, uuid_of
from sandbox.lightspeed.store import Store
from tests.chaos.shop import SETTINGS

MICROS = Decimal(1_000_000)
Rows = dict[str, dict[str, Any]]


class Truth:
    """The shop's state as rows of the tables, by key.

    Args:
        store: the shop's store.
        series: `x_series` or `r_series`.
        malformed: sales that cannot be read.
    """

    def __init__(self, store: Store, series: str, malformed: set[int]) -> None:
        self._store, self._series = store, series
        self._malformed = malformed
        self._tenders = {kind.payment_type_id: kind.name for kind in store.payment_types()}

    def sales(self) -> Rows:
        """Lines of the sales that count as completed."""
        rows = {}
        for sale in self._store.sales("ORDER BY sale_id"):
            if self._counts(sale) and sale.sale_id not in self._malformed:
                rows |= {self._id("sale_line", line.line_id): self._row(sale, line) for line in sale.lines}
        return rows

    def customers(self) -> Rows:
        """Every customer, archived or not."""
        rows = {}
        for each in self._store.customers("ORDER BY customer_id"):
            number = self._id("customer", each.customer_id)
            rows[number] = {
                "customer_id": number,
                "first_name": each.first_name,
                "last_name": each.last_name,
                "email": each.emails[0] if each.emails else None,
                "accepts_email": each.accepts_email,
                "is_archived": each.is_archived,
                "created_at": second(each.created_us),
                "source": self._series,
                "source_updated_at": second(each.updated_us),
            }
        return rows

    def products(self) -> Rows:
        """Every product."""
        rows = {}
        for each in self._store.products("ORDER BY product_id"):
            number = self._id("product", each.product_id)
            rows[number] = {
                "product_id": number,
                "sku": each.sku,
                "description": each.description,
                "brand": each.brand,
                "category_id": self._id("category", each.category_id),
                "category": "TEA",
                "category_path": "TEA",
                "price": each.price / MICROS,
                "cost": each.cost / MICROS,
                "is_archived": each.is_archived,
                "created_at": second(each.created_us),
                "source": self._series,
                "source_updated_at": second(each.updated_us),
            }
        return rows

    def id_of(self, sale_id: int) -> str:
        """The id that a sale has in the tables."""
        return self._id("sale", sale_id)

    def _counts(self, sale: Sale) -> bool:
        """X-Series does not tell a voided sale from a discarded one but by its payments."""
        if self._series == "x_series" and sale.is_voided:
            return bool(sale.payments)
        return sale.is_completed

    def _row(self, sale: Sale, line: Line) -> dict[str, Any]:
        total, quantity = line.total / MICROS, Decimal(str(line.quantity))
        payments = self._payments(sale.payments)
        is_refund = sum(payments.values()) < 0
        order = sorted(payments, key=lambda name: (payments[name] if is_refund else -payments[name], name))
        is_x = self._series == "x_series"
        completed = sale.created_us if sale.completed_us is None else sale.completed_us
        returned = self._id("sale_line", line.parent_line_id) if line.parent_line_id and not is_x else None
        return {
            "timestamp": second(completed),
            "customer_id": self._id("customer", sale.customer_id) if sale.customer_id else None,
            "product_id": self._id("product", line.product_id) if line.product_id else None,
            "quantity": quantity,
            "price": total / quantity,
            "payment_method": order[0] if order else None,
            "sale_id": self._id("sale", sale.sale_id),
            "sale_line_id": self._id("sale_line", line.line_id),
            "line_total": total,
            "discount": line.discount / MICROS,
            "tax": line.total * SETTINGS.tax_basis_points // 10_000 / MICROS,
            "payment_methods": [{"name": name, "amount": payments[name]} for name in sorted(payments)],
            "register_id": self._id("register", sale.register_id),
            "shop_id": self._id("shop", sale.shop_id),
            "employee_id": self._id("employee", sale.employee_id),
            "is_return": quantity < 0,
            "returned_sale_line_id": returned if quantity < 0 else None,
            "is_voided": sale.is_voided,
            "source": self._series,
            "source_updated_at": second(sale.updated_us),
        }

    def _payments(self, payments: list[Payment]) -> dict[str, Decimal]:
        sums: dict[str, Decimal] = {}
        for payment in payments:
            name = self._tenders[payment.type_id]
            sums[name] = sums.get(name, Decimal(0)) + payment.amount / MICROS
        return {name: amount for name, amount in sums.items() if amount}

    def _id(self, kind: str, number: int) -> str:
        return uuid_of(kind, number) if self._series == "x_series" else str(number)


def second(us: int) -> dt.datetime:
    """The API tells whole seconds, cut off."""
    return dt.datetime.fromtimestamp(us // 1_000_000, tz=dt.UTC)
