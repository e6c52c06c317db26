"""Customer snapshots spread over day intervals: the rows of a discrete-time survival model.

A snapshot has one row for each interval that it entered without a purchase; the label says whether the
purchase came in it. An interval that was not observed to its end is dropped whole, purchases and all:
counting its purchases but not its survivors would overstate the hazard (Tutz and Schmid, Modeling Discrete
Time-to-Event Data, chapter 3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.models.rfm import rfm_inputs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.models.frame import Frame

_WEEKDAYS = tuple(
    f"share_{day}" for day in ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
)


def intervals_entered(frame: Frame, edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows that each snapshot has: intervals entered and observed to their end."""
    observed = np.searchsorted(edges, frame.observed_days, side="right") - 1
    entered = np.searchsorted(edges, np.where(np.isinf(frame.days_to_next), edges[-1], frame.days_to_next), "right")
    return np.minimum(np.minimum(observed, entered), len(edges) - 1)


def spread(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row of the frame and interval of each spread row."""
    rows = np.repeat(np.arange(len(counts)), counts)
    return rows, np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)


def labels(
    frame: Frame, edges: NDArray[np.int64], rows: NDArray[np.int64], intervals: NDArray[np.int64]
) -> NDArray[np.float32]:
    """1 where the purchase came in the interval."""
    return (frame.days_to_next[rows] < edges[intervals + 1]).astype(np.float32)


def interval_inputs(
    frame: Frame, edges: NDArray[np.int64], rows: NDArray[np.int64], intervals: NDArray[np.int64]
) -> NDArray[np.float64]:
    """What is known of the interval: its start, the wait until it, the wait over the usual gap, the weekday habit."""
    start = edges[intervals].astype(np.float64)
    wait = frame.column("recency_days")[rows] + start
    shares = np.nan_to_num(np.column_stack([frame.column(name) for name in _WEEKDAYS]), nan=1 / 7)
    return np.column_stack(
        [start, wait, wait / frame.column("gap_mean")[rows], _habit(frame, shares, edges, rows, intervals)]
    )


def _habit(
    frame: Frame,
    shares: NDArray[np.float64],
    edges: NDArray[np.int64],
    rows: NDArray[np.int64],
    intervals: NDArray[np.int64],
) -> NDArray[np.float64]:
    # Day 0 of numpy's calendar is a Thursday; Sunday is column 0.
    weekday = (frame.dates.astype(np.int64)[rows] + 4 + edges[intervals]) % 7
    width = edges[intervals + 1] - edges[intervals]
    total = np.zeros(len(rows))
    for day in range(7):
        days = (width - day + 6) // 7
        total += shares[rows, (weekday + day) % 7] * days
    return total / width


def boosted_inputs(
    frame: Frame, edges: NDArray[np.int64], rows: NDArray[np.int64], intervals: NDArray[np.int64]
) -> NDArray[np.float32]:
    """All features, then the interval's inputs."""
    extra = interval_inputs(frame, edges, rows, intervals)
    return np.column_stack([frame.values[rows], extra.astype(np.float32)])


def logistic_inputs(
    frame: Frame, edges: NDArray[np.int64], rows: NDArray[np.int64], intervals: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The few RFM inputs, then the interval's inputs on a log scale; no NaN."""
    start, wait, overdue, habit = interval_inputs(frame, edges, rows, intervals).T
    logged = [np.log1p(np.nan_to_num(column, nan=0.0)) for column in (start, wait, overdue)]
    return np.column_stack([rfm_inputs(frame)[rows], *logged, logged[1] ** 2, start == 0, habit])
