"""What a warehouse must equal: totals a day, the lines of a day, and the exact moments of live sales."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sandbox.lightspeed.records import MICROS, decimal_text, from_us, to_us, uuid_of

if TYPE_CHECKING:
    from sandbox.lightspeed.records import Sale
    from sandbox.lightspeed.store import Store

_DAY_US: Final = 86_400 * MICROS
_TOTALS: Final = """
SELECT completed_us / 86400000000, is_voided, COUNT(*), SUM(line_count), SUM(total)
FROM sales WHERE is_completed = 1 AND completed_us >= ? AND completed_us < ?
GROUP BY 1, 2 ORDER BY 1, 2
"""


def _midnight_us(day: date) -> int:
    return to_us(datetime(day.year, day.month, day.day, tzinfo=UTC))


def bounds_us(first: date | None, last: date | None) -> tuple[int, int]:
    """Microseconds from the start of the first day to the end of the last (UTC), open where None."""
    low = -(1 << 62) if first is None else _midnight_us(first)
    return low, (1 << 62) if last is None else _midnight_us(last + timedelta(days=1))


def daily_totals(store: Store, first: date | None, last: date | None) -> list[dict[str, Any]]:
    """Completed sales per UTC day of completion; voided ones are counted apart.

    Returns:
        Per day ``date``, ``sales``, ``sale_lines`` and ``total`` (sum of the line totals before tax, as
        decimal text), and the same with the prefix ``voided_``.
    """
    days: dict[int, dict[str, Any]] = {}
    for day, voided, sales, lines, total in store.rows(_TOTALS, bounds_us(first, last)):
        row = days.setdefault(day, _empty(day))
        prefix = "voided_" if voided else ""
        row.update({f"{prefix}sales": sales, f"{prefix}sale_lines": lines, f"{prefix}total": decimal_text(total)})
    return list(days.values())


def _empty(day: int) -> dict[str, Any]:
    counts = {"sales": 0, "sale_lines": 0, "total": "0.00"}
    voided = {f"voided_{name}": value for name, value in counts.items()}
    return {"date": from_us(day * _DAY_US).date().isoformat(), **counts, **voided}


def sum_totals(days: list[dict[str, Any]]) -> dict[str, Any]:
    """The days of `daily_totals` summed up."""
    return {
        "sales": sum(day["sales"] for day in days),
        "sale_lines": sum(day["sale_lines"] for day in days),
        "total": str(sum((Decimal(day["total"]) for day in days), Decimal("0.00"))),
    }


def lines_of_day(store: Store, day: date) -> list[dict[str, Any]]:
    """Every line of the sales completed on one UTC day, with both series' ids."""
    tail = "WHERE is_completed = 1 AND completed_us >= ? AND completed_us < ? ORDER BY completed_us, sale_id"
    return [row for sale in store.sales(tail, bounds_us(day, day)) for row in sale_lines(sale)]


def sale_lines(sale: Sale) -> list[dict[str, Any]]:
    """The lines of one sale as flat rows."""
    head = sale_head(sale)
    return [
        {
            **head,
            "line_id": str(line.line_id),
            "x_line_id": uuid_of("sale_line", line.line_id),
            "product_id": str(line.product_id),
            "quantity": str(line.quantity),
            "total": decimal_text(line.total),
        }
        for line in sale.lines
    ]


def sale_head(sale: Sale) -> dict[str, Any]:
    """A sale's ids in both series, its exact completion and its state."""
    completed_at = None if sale.completed_us is None else from_us(sale.completed_us).isoformat()
    return {
        "sale_id": str(sale.sale_id),
        "x_sale_id": uuid_of("sale", sale.sale_id),
        "customer_id": str(sale.customer_id),
        "completed_at": completed_at,
        "is_voided": sale.is_voided,
        "version": sale.version,
    }


def live_sales(store: Store, since: datetime | None) -> list[dict[str, Any]]:
    """Sales sold live after a moment, in order of completion, with their exact completion."""
    after = -1 if since is None else to_us(since)
    rows = store.rows(
        "SELECT sale_id, completed_us, line_count, version FROM sales WHERE is_live = 1 AND completed_us > ?"
        " ORDER BY completed_us, sale_id",
        (after,),
    )
    return [
        {
            "sale_id": str(sale_id),
            "x_sale_id": uuid_of("sale", sale_id),
            "completed_at": from_us(completed_us).isoformat(),
            "sale_lines": lines,
            "version": version,
        }
        for sale_id, completed_us, lines, version in rows
    ]
