"""What pages of sales say, as far as a comparison needs it: a few numbers a sale."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from include.lightspeed.client import Page
from include.lightspeed.records import RowBuilder


class SaleState(NamedTuple):
    """A completed sale that was not voided."""

    completed_at: dt.datetime
    sale_lines: int
    amount: Decimal
    """Sum of its line totals, before tax."""


@dataclasses.dataclass
class Sightings:
    """Sales as they were seen, by id."""

    counted: dict[str, SaleState] = dataclasses.field(default_factory=dict)
    """Those that count towards a day."""
    updated_at: dict[str, dt.datetime | None] = dataclasses.field(default_factory=dict)
    """When each sale that could be read was changed last, whether it counts or not."""
    unreadable: set[str] = dataclasses.field(default_factory=set)
    missing: set[str] = dataclasses.field(default_factory=set)
    """Ids that were asked for and that the shop does not have."""

    def changed_since(self, moment: dt.datetime) -> set[str]:
        """Sales that were changed at or after a moment."""
        return {sale_id for sale_id, at in self.updated_at.items() if at is not None and at >= moment}


def look(pages: Iterable[Page], series: str) -> Sightings:
    """Read pages of sales, one at a time; of two states of one sale the later one counts."""
    seen = Sightings()
    for page in pages:
        builder = RowBuilder("sales", series, "")
        rejected = builder.add(page.records)
        states = _states(builder.to_table())
        for header in builder.headers_table().to_pylist():
            seen.updated_at[header["sale_id"]] = header["source_updated_at"]
            seen.counted.pop(header["sale_id"], None)
        seen.counted |= states
        seen.unreadable |= {each.record_id for each in rejected if each.record_id}
        seen.missing |= set(page.missing)
    return seen


def _states(rows: pa.Table) -> dict[str, SaleState]:
    sums = (
        rows.filter(~pc.field("is_voided"))
        .group_by("sale_id")
        .aggregate([("timestamp", "min"), ("line_total", "count"), ("line_total", "sum")])
    )
    columns = ("sale_id", "timestamp_min", "line_total_count", "line_total_sum")
    return {row[0]: SaleState(*row[1:]) for row in zip(*(sums[name].to_pylist() for name in columns), strict=True)}
