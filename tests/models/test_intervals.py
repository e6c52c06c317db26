"""Rows of the survival model: who is at risk, in which interval, and what is not known."""

from __future__ import annotations

import numpy as np
import pytest

from include.models import intervals
from tests.models.frames import plan, simulated


def outcomes(*pairs):
    """A frame whose rows have these (days_to_next, observed_days)."""
    frame = simulated(len(pairs), plan(snapshots=1))
    return intervals_frame(frame, pairs)


def intervals_frame(frame, pairs):
    import dataclasses

    days = np.array([np.inf if day is None else day for day, _ in pairs], float)
    return dataclasses.replace(frame, days_to_next=days, observed_days=np.array([seen for _, seen in pairs]))


EDGES = np.array([0, 1, 2, 5, 10])


@pytest.mark.parametrize(
    ("days", "observed", "rows"),
    [
        (0, 10, 1),
        (1, 10, 2),
        (4, 10, 3),
        (None, 10, 4),
        (None, 4, 2),
        (3, 4, 2),  # bought within [2, 5), which was seen until day 4 only: dropped, as its survivors are
        (None, 0, 0),
        (7, 30, 4),
        (20, 30, 4),
    ],
)
def test_a_snapshot_has_a_row_for_each_interval_it_entered_and_that_was_seen_whole(days, observed, rows):
    assert intervals.intervals_entered(outcomes((days, observed)), EDGES).tolist() == [rows]


def test_only_the_interval_of_the_purchase_is_labelled():
    frame = outcomes((4, 10), (None, 10), (20, 30))
    rows, at = intervals.spread(intervals.intervals_entered(frame, EDGES))
    assert intervals.labels(frame, EDGES, rows, at).tolist() == [0, 0, 1, *[0] * 4, *[0] * 4]


def test_a_daily_interval_carries_the_customers_habit_on_its_weekday():
    frame = outcomes((None, 10))
    shares = np.arange(7) / 21
    frame.values[:, [frame.columns.index(name) for name in intervals._WEEKDAYS]] = shares
    frame.dates[:] = np.datetime64("2024-12-29")  # a Sunday
    rows, at = intervals.spread(np.array([7]))
    habit = intervals.interval_inputs(frame, np.arange(8), rows, at)[:, 3]
    assert habit == pytest.approx(shares, abs=1e-6)


def test_a_week_long_interval_has_the_mean_habit():
    frame = outcomes((None, 10))
    habit = intervals.interval_inputs(frame, np.array([0, 7]), np.array([0]), np.array([0]))[0, 3]
    assert habit == pytest.approx(1 / 7, abs=1e-6)
