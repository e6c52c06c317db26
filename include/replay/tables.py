"""What a replay can make again, and what it needs for each table."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection

KINDS = {
    "sales": "sales",
    "headers": "sale_versions",
    "customers": "customers",
    "products": "products",
    "email_events": "email_events",
    "social_events": "social_events",
    "rejected": "rejected_records",
    "batches": "ingest_batches",
}
"""Kind of rows that raw objects are parsed into -> table whose columns they have."""

RECORDS = ("sales", "customers", "products", "email_events", "social_events")
"""Tables whose records lie in raw objects; `content_events` is made from the GA4 export, not from objects."""

FIRST, LAST = dt.date.min, dt.date.max


@dataclasses.dataclass(frozen=True)
class Rebuilt:
    """A table that a replay makes again."""

    kinds: tuple[str, ...]
    """Kinds of rows that it is made of, besides `batches`."""
    by_day: bool
    """Whether it is partitioned by day, so that a range of days can be made again alone."""


TABLES = {
    "sales": Rebuilt(("sales", "headers"), by_day=True),
    "customers": Rebuilt(("customers",), by_day=False),
    "products": Rebuilt(("products",), by_day=False),
    "email_events": Rebuilt(("email_events",), by_day=False),
    "social_events": Rebuilt(("social_events",), by_day=False),
    "sale_versions": Rebuilt(("headers",), by_day=False),
    "sale_arrivals": Rebuilt(("headers",), by_day=True),
    "rejected_records": Rebuilt(("rejected",), by_day=True),
    "ingest_batches": Rebuilt((), by_day=True),
    "ingest_locks": Rebuilt((), by_day=False),
}
"""Table -> how it is made again."""


@dataclasses.dataclass(frozen=True)
class Scope:
    """Which tables a replay makes again, and for which days (UTC)."""

    tables: tuple[str, ...]
    first_day: dt.date = FIRST
    last_day: dt.date = LAST

    @property
    def whole(self) -> bool:
        """Whether all days are made again."""
        return (self.first_day, self.last_day) == (FIRST, LAST)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of rows that the raw objects are parsed into."""
        needed = {kind for table in self.tables for kind in TABLES[table].kinds}
        return tuple(kind for kind in KINDS if kind in needed or kind == "batches")

    @property
    def streams(self) -> frozenset[str]:
        """Tables of the batches whose raw pages are parsed."""
        needed = {"rejected"} & set(self.kinds) and set(RECORDS)
        return frozenset(needed or {"sales" if kind == "headers" else kind for kind in self.kinds} - {"batches"})


def scope(tables: Collection[str], first_day: dt.date | None, last_day: dt.date | None) -> Scope:
    """The scope that an operator has asked for.

    Raises:
        ValueError: no such table, a last day before the first, or a range for a table without days.
    """
    if unknown := sorted(set(tables) - TABLES.keys()):
        raise ValueError(f"A replay makes no table {', '.join(unknown)}: choose among {', '.join(TABLES)}.")
    asked = Scope(tuple(name for name in TABLES if name in tables), first_day or FIRST, last_day or LAST)
    if not asked.tables:
        raise ValueError(f"No table was named: choose among {', '.join(TABLES)}.")
    if asked.first_day > asked.last_day:
        raise ValueError(f"The last day {asked.last_day} is before the first day {asked.first_day}: swap them.")
    if undated := [name for name in asked.tables if not asked.whole and not TABLES[name].by_day]:
        raise ValueError(f"{', '.join(undated)} is not kept by day: leave the days empty, or leave it out.")
    return asked
