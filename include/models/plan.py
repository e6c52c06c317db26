"""What to learn from: the past snapshots of a shop, chosen from the length and size of its history."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math

BUCKETS = 1_000_000
"""`customer_features.bucket` lies in [0, BUCKETS)."""

MIN_HISTORY_DAYS = 21
"""Below this there is no past snapshot with features before it and an outcome after it."""

_MAX_SNAPSHOTS = 52
_MAX_ROWS = 400_000
_MAX_RANKED_CUSTOMERS = 3_000
_RANKED_SNAPSHOTS = 4
_RANKED_DAYS_APART = 14
_MAX_POPULARITY_CUSTOMERS = 100_000
_MAX_PAIR_CUSTOMERS = 20_000


@dataclasses.dataclass(frozen=True)
class Extent:
    """How much history a shop has strictly before a date."""

    first_day: dt.date | None
    """Day of the oldest sale of a known customer; None without one."""
    customers: int
    sale_lines: int
    sales_watermark: dt.datetime | None


@dataclasses.dataclass(frozen=True)
class Plan:
    """What the models learn from; the same extent gives the same plan."""

    as_of: dt.date
    horizon_days: int
    """What is asked: no purchase in this many days."""
    learned_days: int
    """How far ahead the history teaches, at most horizon_days; the curve beyond is extrapolated. 0: not at all."""
    spacing_days: int
    snapshot_dates: tuple[dt.date, ...]
    """Oldest first, all before as_of."""
    buckets: int
    """Customers whose bucket is below this are learned from."""
    ranked_buckets: int
    """The same for the product ranking, which has a hundred rows a customer."""
    popularity_buckets: int = BUCKETS
    """Customers whose purchases say how popular a product is."""
    pair_buckets: int = BUCKETS
    """Customers whose purchases say which products go together."""
    history_days: int = 0
    """Days from the oldest sale to as_of."""

    @property
    def ranked(self) -> tuple[int, int]:
        """First and last bucket of the customers that the product ranking learns from."""
        return 0, self.ranked_buckets - 1

    @property
    def complete_dates(self) -> tuple[dt.date, ...]:
        """Snapshots whose learned days have passed before as_of."""
        return tuple(day for day in self.snapshot_dates if (self.as_of - day).days >= self.learned_days)

    @property
    def ranked_dates(self) -> tuple[dt.date, ...]:
        """Complete snapshots that the product ranking learns from, newest first, a fortnight apart."""
        step = max(1, _RANKED_DAYS_APART // self.spacing_days)
        return self.complete_dates[::-1][::step][:_RANKED_SNAPSHOTS]


def plan_training(extent: Extent, as_of: dt.date, horizon_days: int) -> Plan:
    """Choose snapshots every one or two weeks, back from as_of, and the share of customers to learn from.

    Half of the history at most is horizon: the other half is needed to see the customers before it.

    Example:
        >>> extent = Extent(dt.date(2017, 1, 1), 2_469, 1_300_000, None)
        >>> plan_training(extent, dt.date(2017, 12, 1), 30).snapshot_dates[0]
        datetime.date(2017, 2, 3)
    """
    history = (as_of - extent.first_day).days if extent.first_day else 0
    learned = min(horizon_days, history // 2) if history >= MIN_HISTORY_DAYS else 0
    spacing = 7 if learned <= 45 else 14
    warm_up = min(28, history // 4)
    ages = list(range(spacing, history - warm_up + 1, spacing))[: _snapshots(learned, spacing)]
    dates = tuple(as_of - dt.timedelta(days=age) for age in reversed(ages)) if learned else ()
    return Plan(
        as_of=as_of,
        horizon_days=horizon_days,
        learned_days=learned,
        spacing_days=spacing,
        snapshot_dates=dates,
        buckets=_share(_MAX_ROWS, extent.customers * max(1, len(dates))),
        ranked_buckets=_share(_MAX_RANKED_CUSTOMERS, extent.customers),
        popularity_buckets=_share(_MAX_POPULARITY_CUSTOMERS, extent.customers),
        pair_buckets=_share(_MAX_PAIR_CUSTOMERS, extent.customers),
        history_days=history,
    )


def _snapshots(learned: int, spacing: int) -> int:
    # The newest ones are only partly observed and serve the survival model alone: they come on top.
    return _MAX_SNAPSHOTS + learned // spacing


def _share(wanted: int, present: int) -> int:
    return min(BUCKETS, math.ceil(BUCKETS * wanted / max(1, present)))
