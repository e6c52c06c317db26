"""Which days a run compares: the recent ones, those that did not agree, and a part of the history."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from collections.abc import Mapping

RUNS_A_DAY = 20
"""Of the 24 hourly runs, those that a day's part of the history is divided by: some may fail."""

MAX_UNSETTLED = 10
"""Days that did not agree and are looked at again in one run, at most."""


@dataclasses.dataclass(frozen=True)
class Look:
    """The newest comparison of a day."""

    checked_at: dt.datetime
    settled: bool
    """Whether the day agreed at the end of it."""


def due(
    today: dt.date, first: dt.date | None, looks: Mapping[dt.date, Look], recent_days: int, within_days: int
) -> list[dt.date]:
    """Days to compare, the newest first, then those that did not agree, then those not looked at for longest.

    Args:
        today: the present day, UTC.
        first: the first day that has a sale; None when there is none.
        looks: the newest comparison of each day that has one.
        recent_days: days up to today that are compared every time.
        within_days: within so many days every day of the history is looked at again.
    """
    recent = [today - dt.timedelta(days=back) for back in range(recent_days)]
    unsettled = sorted(
        (day for day, look in looks.items() if not look.settled and day < recent[-1]),
        key=lambda day: (looks[day].checked_at, day),
    )[:MAX_UNSETTLED]
    return recent + unsettled + _part(_history(first, recent[-1], set(unsettled)), looks, within_days)


def _history(first: dt.date | None, end: dt.date, left_out: set[dt.date]) -> list[dt.date]:
    if first is None:
        return []
    days = (first + dt.timedelta(days=at) for at in range((end - first).days))
    return [day for day in days if day not in left_out]


def _part(history: list[dt.date], looks: Mapping[dt.date, Look], within_days: int) -> list[dt.date]:
    def longest_ago(day: dt.date) -> tuple[dt.datetime, dt.date]:
        look = looks.get(day)
        return (look.checked_at if look else dt.datetime.min.replace(tzinfo=dt.UTC)), day

    return sorted(history, key=longest_ago)[: math.ceil(len(history) / (within_days * RUNS_A_DAY))]
