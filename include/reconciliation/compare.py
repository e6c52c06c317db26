"""One day held against the source, sale by sale: totals that agree by chance hide nothing."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from include.reconciliation.sightings import SaleState, look

if TYPE_CHECKING:
    from include.lightspeed.client import LightspeedClient

EXAMPLES = 20
"""Ids of differing sales that are kept of a day."""

MAX_STRAYS = 200
"""Sales of a day that only the table has and that are asked for by id in one run: X-Series takes a request each."""


@dataclasses.dataclass(frozen=True)
class Totals:
    """A day's figures."""

    sales: int
    lines: int
    amount: Decimal

    @classmethod
    def of(cls, states: Iterable[SaleState]) -> Totals:
        """Add up sales."""
        each = list(states)
        return cls(len(each), sum(s.sale_lines for s in each), sum((s.amount for s in each), Decimal(0)))


@dataclasses.dataclass(frozen=True)
class DayCheck:
    """What a comparison of one day found."""

    day: dt.date
    checked_at: dt.datetime
    source: Totals
    warehouse: Totals
    missing: int
    unexpected: int
    changed: int
    in_flight: int
    rejected: int
    examples: list[str]
    strays: list[str]
    """Sales that only the table has on the day, to be asked for by id."""

    @property
    def differing(self) -> int:
        """Number of sales that differ."""
        return self.missing + self.unexpected + self.changed

    def to_xcom(self) -> dict[str, Any]:
        """The check as plain JSON values."""
        totals = {
            name: [total.sales, total.lines, str(total.amount)]
            for name, total in (("source", self.source), ("warehouse", self.warehouse))
        }
        times = {"day": self.day.isoformat(), "checked_at": self.checked_at.isoformat()}
        return dataclasses.asdict(self) | totals | times

    @classmethod
    def from_xcom(cls, value: dict[str, Any]) -> DayCheck:
        """The check that `to_xcom` gave."""
        given = dict(value)
        for name in ("source", "warehouse"):
            sales, lines, amount = value[name]
            given[name] = Totals(sales, lines, Decimal(amount))
        given["day"] = dt.date.fromisoformat(value["day"])
        given["checked_at"] = dt.datetime.fromisoformat(value["checked_at"])
        return cls(**given)


@dataclasses.dataclass(frozen=True)
class Held:
    """The sales of a day as the table has them."""

    states: Mapping[str, SaleState]
    updated_at: Mapping[str, dt.datetime | None]


def bounds(day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """Begin and end of a day, UTC."""
    begin = dt.datetime.combine(day, dt.time(), dt.UTC)
    return begin, begin + dt.timedelta(days=1)


def check_day(
    client: LightspeedClient, day: dt.date, held: Held, checked_at: dt.datetime, grace: dt.timedelta
) -> DayCheck:
    """Read a day from the source and compare.

    What changed within the grace period before `checked_at` is in flight and left out on both sides, whichever
    side knows of it: a sale that left the day, too.

    Args:
        client: client of the shop.
        day: the day, UTC.
        held: the day as the table has it.
        checked_at: the present time.
        grace: how long a change may take to arrive.
    """
    settled_before = checked_at - grace
    begin, end = bounds(day)
    expected = [state.completed_at for state in held.states.values()]
    seen = look(client.sales_completed(begin, end, expected), client.series)
    source = {key: state for key, state in seen.counted.items() if begin <= state.completed_at < end}
    strays = sorted(held.states.keys() - source.keys())[:MAX_STRAYS]
    elsewhere = look(client.sales_by_id(strays), client.series)
    in_flight = seen.changed_since(settled_before) | elsewhere.changed_since(settled_before)
    in_flight |= {key for key, at in held.updated_at.items() if at is not None and at >= settled_before}
    return _compare(day, checked_at, source, held.states, in_flight, seen.unreadable | elsewhere.unreadable)


def _compare(
    day: dt.date,
    checked_at: dt.datetime,
    source: Mapping[str, SaleState],
    warehouse: Mapping[str, SaleState],
    in_flight: set[str],
    rejected: set[str],
) -> DayCheck:
    left_out = in_flight | rejected
    ours = {key: state for key, state in warehouse.items() if key not in left_out}
    theirs = {key: state for key, state in source.items() if key not in left_out}
    missing, unexpected = theirs.keys() - ours.keys(), ours.keys() - theirs.keys()
    changed = {key for key in theirs.keys() & ours.keys() if theirs[key] != ours[key]}
    return DayCheck(
        day=day,
        checked_at=checked_at,
        source=Totals.of(theirs.values()),
        warehouse=Totals.of(ours.values()),
        missing=len(missing),
        unexpected=len(unexpected),
        changed=len(changed),
        in_flight=len(in_flight & (source.keys() | warehouse.keys())),
        rejected=len(rejected),
        examples=sorted(missing | unexpected | changed)[:EXAMPLES],
        strays=sorted(unexpected)[:MAX_STRAYS],
    )


def differs(checks: Iterable[DayCheck]) -> list[DayCheck]:
    """The checks of days that differ."""
    return [check for check in checks if check.differing]
