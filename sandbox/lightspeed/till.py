"""What people do at a till: ring up, complete, edit, void and return. Each act makes a new version."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

from sandbox.lightspeed.records import MICROS, Line, Payment, Sale, tax_of, to_us

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sandbox.lightspeed.settings import SimulatorSettings
    from sandbox.lightspeed.store import Store

_CENT: Final = MICROS // 100


class TillError(Exception):
    """An act that the till refuses; the message says why."""


class UnknownSaleError(TillError):
    """There is no sale of that id."""


@dataclass(frozen=True)
class LineOrder:
    """A line to ring up: ``price`` per unit after ``discount`` (the line's whole discount), before tax."""

    product_id: int
    quantity: Decimal
    price: Decimal
    discount: Decimal = Decimal(0)


@dataclass(frozen=True)
class LineChange:
    """A change of an existing line; None leaves a field as it is."""

    line_id: int
    quantity: Decimal | None = None
    price: Decimal | None = None


@dataclass(frozen=True)
class SaleEdit:
    """Changes of one sale: lines changed, removed and added, and another completion time.

    A quiet edit moves neither version nor any time: the change feeds do not know of it.
    """

    change: list[LineChange] = field(default_factory=list)
    remove: list[int] = field(default_factory=list)
    add: list[LineOrder] = field(default_factory=list)
    completed_at: datetime | None = None
    customer_id: int | None = None
    quiet: bool = False


class Till:
    """Changes sales in the store under the rules of the two APIs."""

    def __init__(self, store: Store, settings: SimulatorSettings, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock

    def ring_up(
        self,
        lines: list[LineOrder],
        *,
        customer_id: int = 0,
        payments: list[tuple[str, Decimal]] | None = None,
        completed: bool = True,
        completed_at: datetime | None = None,
        shop_id: int = 1,
        register_id: int = 1,
    ) -> Sale:
        """Make a sale now, completed or open.

        Args:
            lines: What is sold.
            customer_id: 0 for a walk-in.
            payments: Tender names and amounts; None pays the whole sale in the first tender of the shop.
            completed: False leaves the sale open (parked in X-Series), without payments.
            completed_at: A completion in the past (back-dating); the sale still arrives now.
            shop_id: Shop.
            register_id: Register.

        Raises:
            TillError: ``completed_at`` lies in the future, or a tender is unknown.
        """
        with self._store.transaction():
            now = to_us(self._clock())
            sale = Sale(
                sale_id=self._take("next_sale_id"),
                version=0,
                is_completed=False,
                is_voided=False,
                is_live=completed_at is None,
                created_us=now,
                completed_us=None,
                updated_us=now,
                timestamp_s=now // MICROS,
                customer_id=customer_id,
                shop_id=shop_id,
                register_id=register_id,
                employee_id=1,
                return_of=0,
                lines=[self._new_line(line) for line in lines],
                payments=[],
            )
            if completed:
                self._settle(sale, payments)
                self._close(sale, completed_at)
            self._store.put_sale(sale)
            return sale

    def complete(
        self,
        sale_id: int,
        completed_at: datetime | None = None,
        payments: list[tuple[str, Decimal]] | None = None,
    ) -> Sale:
        """Complete an open sale.

        Raises:
            TillError: It is completed already, or ``completed_at`` lies in the future.
            UnknownSaleError: There is no such sale.
        """
        with self._store.transaction():
            sale = self._get(sale_id)
            if sale.is_completed:
                raise TillError(f"Sale {sale_id} is completed already")
            self._settle(sale, payments)
            self._close(sale, completed_at)
            self._store.put_sale(sale)
            return sale

    def void(self, sale_id: int) -> Sale:
        """Void a sale; R-Series' ``timeStamp`` of a completed one moves only if the settings say so.

        Raises:
            UnknownSaleError: There is no such sale.
        """
        with self._store.transaction():
            sale = self._get(sale_id)
            sale.is_voided = True
            self._touch(sale)
            self._store.put_sale(sale)
            return sale

    def edit(self, sale_id: int, edit: SaleEdit) -> Sale:
        """Change a sale's lines, customer or completion time; its first tender takes the difference.

        Raises:
            TillError: A line is not the sale's, or the completion time cannot be.
            UnknownSaleError: There is no such sale.
        """
        with self._store.transaction():
            sale = self._get(sale_id)
            owed = self._owed(sale)
            for change in edit.change:
                _apply(_line_of(sale, change.line_id), change)
            for line_id in edit.remove:
                sale.lines.remove(_line_of(sale, line_id))
            sale.lines.extend(self._new_line(line) for line in edit.add)
            if sale.payments:
                sale.payments[0].amount += self._owed(sale) - owed
            if edit.customer_id is not None:
                sale.customer_id = edit.customer_id
            if edit.completed_at is not None:
                if not sale.is_completed:
                    raise TillError(f"Sale {sale_id} is not completed: complete it instead")
                sale.completed_us = self._past(edit.completed_at)
            if edit.quiet:
                self._store.put_sale(sale, sale.version)
            else:
                self._touch(sale)
                self._store.put_sale(sale)
            return sale

    def give_back(self, sale_id: int, line_ids: list[int] | None = None, completed: bool = True) -> Sale:
        """Return a sale's lines (all of them by default) in a new sale with negative quantities.

        The original's version moves too, since it now knows its return. An open return has no payments.

        Raises:
            TillError: A line is not the sale's, or the sale is not completed.
            UnknownSaleError: There is no such sale.
        """
        with self._store.transaction():
            original = self._get(sale_id)
            if not original.is_completed:
                raise TillError(f"Sale {sale_id} is not completed: it cannot be returned")
            chosen = original.lines if line_ids is None else [_line_of(original, number) for number in line_ids]
            now = to_us(self._clock())
            refund = Sale(
                sale_id=self._take("next_sale_id"),
                version=0,
                is_completed=False,
                is_voided=False,
                is_live=True,
                created_us=now,
                completed_us=None,
                updated_us=now,
                timestamp_s=now // MICROS,
                customer_id=original.customer_id,
                shop_id=original.shop_id,
                register_id=original.register_id,
                employee_id=original.employee_id,
                return_of=original.sale_id,
                lines=[self._reverse(line) for line in chosen],
                payments=[],
            )
            if completed:
                kind = original.payments[0].type_id if original.payments else 1
                refund.payments = [Payment(self._take("next_payment_id"), kind, self._owed(refund))]
                self._close(refund, None)
            self._store.put_sale(refund)
            original.updated_us = now
            self._store.put_sale(original)
            return refund

    def _get(self, sale_id: int) -> Sale:
        sale = self._store.sale(sale_id)
        if sale is None:
            raise UnknownSaleError(f"There is no sale {sale_id}")
        return sale

    def _take(self, counter: str) -> int:
        number = int(self._store.get_meta(counter) or 1)
        self._store.set_meta(counter, str(number + 1))
        return number

    def _new_line(self, order: LineOrder) -> Line:
        line = Line(self._take("next_line_id"), order.product_id, 0, 0, _micros(order.discount))
        _apply(line, LineChange(line.line_id, order.quantity, order.price))
        return line

    def _reverse(self, line: Line) -> Line:
        number = self._take("next_line_id")
        return Line(number, line.product_id, -line.quantity, -line.total, -line.discount, line.line_id)

    def _owed(self, sale: Sale) -> int:
        taxes = sum(tax_of(line.total, self._settings.tax_basis_points) for line in sale.lines)
        return (sale.total + taxes + _CENT // 2) // _CENT * _CENT

    def _settle(self, sale: Sale, payments: list[tuple[str, Decimal]] | None) -> None:
        kinds = {kind.name: kind.payment_type_id for kind in self._store.payment_types()}
        if payments is None:
            sale.payments = [Payment(self._take("next_payment_id"), min(kinds.values()), self._owed(sale))]
            return
        unknown = [name for name, _ in payments if name not in kinds]
        if unknown:
            raise TillError(f"There is no tender '{unknown[0]}'; this shop takes {', '.join(kinds)}")
        sale.payments = [
            Payment(self._take("next_payment_id"), kinds[name], _micros(amount)) for name, amount in payments
        ]

    def _past(self, moment: datetime) -> int:
        if moment > self._clock():
            raise TillError(f"{moment.isoformat()} lies in the future: a sale cannot be completed then")
        return to_us(moment)

    def _close(self, sale: Sale, completed_at: datetime | None) -> None:
        now = to_us(self._clock())
        sale.completed_us = now if completed_at is None else self._past(completed_at)
        sale.created_us = min(sale.created_us, sale.completed_us)
        sale.is_completed = True
        sale.updated_us, sale.timestamp_s = now, now // MICROS

    def _touch(self, sale: Sale) -> None:
        sale.updated_us = to_us(self._clock())
        if not sale.is_completed or self._settings.void_moves_timestamp:
            sale.timestamp_s = sale.updated_us // MICROS


def _micros(amount: Decimal) -> int:
    return int((amount * MICROS).to_integral_value(ROUND_HALF_UP))


def _line_of(sale: Sale, line_id: int) -> Line:
    for line in sale.lines:
        if line.line_id == line_id:
            return line
    raise TillError(f"Sale {sale.sale_id} has no line {line_id}")


def _apply(line: Line, change: LineChange) -> None:
    """Set quantity and unit price; a price that is not given stays what it was per unit."""
    old = Decimal(str(line.quantity))
    quantity = old if change.quantity is None else change.quantity
    unit = Decimal(line.total) / MICROS / old if old else Decimal(0)
    price = unit if change.price is None else change.price
    line.quantity = int(quantity) if quantity == int(quantity) else float(quantity)
    line.total = _micros(price * quantity)
