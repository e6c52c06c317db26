"""Held-out snapshots and the choice of blends on them: the backtest inside a shop's own history."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.models.frame import Frame
    from include.models.plan import Plan

_LATEST = 3
_MIN_EARLIER = 3
_SIGNIFICANT = 1.645
"""Standard errors that a gain must exceed: one chance in twenty when there is none."""


def split(frame: Frame, plan: Plan) -> tuple[NDArray[np.bool_], NDArray[np.bool_], str]:
    """Masks of the rows to fit and to check on, and how they were chosen.

    In time where the history allows: the check is the latest complete snapshots, the fit is what was complete
    before the first of them. Else over customers: a third of them is checked on all complete snapshots.
    """
    ages = (np.datetime64(plan.as_of) - frame.dates).astype(np.int64)
    complete = ages >= plan.learned_days
    present = np.unique(ages[complete])
    latest = present[:_LATEST]
    earlier = ages >= latest.max() + plan.learned_days
    if len(np.unique(ages[earlier])) >= _MIN_EARLIER:
        return earlier, np.isin(ages, latest), "time"
    checked = frame.buckets % 3 == 0
    return ~checked, checked & complete, "customers"


def simplex(parts: int, steps: int) -> list[NDArray[np.float64]]:
    """All weights of `parts` parts in multiples of 1/steps that add up to one."""
    grid = itertools.product(range(steps + 1), repeat=parts)
    return [np.array(point, np.float64) / steps for point in grid if sum(point) == steps]


def choose(
    candidates: Sequence[NDArray[np.float64]],
    default: int,
    losses: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    customers: NDArray[np.object_],
) -> int:
    """Position of the best candidate; the default stays unless another is significantly better.

    Args:
        candidates: weights to choose from.
        default: position of the one that stands without evidence.
        losses: loss of each held-out row under some weights.
        customers: customer of each row; rows of one customer are no independent evidence.
    """
    standing = losses(candidates[default])
    best, best_gain = default, 0.0
    for position, weights in enumerate(candidates):
        gain, error = paired_gain(standing - losses(weights), customers)
        if gain > _SIGNIFICANT * error and gain > best_gain:
            best, best_gain = position, gain
    return best


def is_better(gains: NDArray[np.float64], customers: NDArray[np.object_]) -> bool:
    """Whether paired gains (loss of the standing model less that of the challenger) are significant."""
    gain, error = paired_gain(gains, customers)
    return bool(gain > _SIGNIFICANT * error)


def paired_gain(gains: NDArray[np.float64], customers: NDArray[np.object_]) -> tuple[float, float]:
    """Mean gain of a row and its standard error over customers: rows of one customer count as one draw."""
    _, groups = np.unique(customers, return_inverse=True)
    sums = np.bincount(groups, gains)
    return float(sums.sum() / len(gains)), float(np.sqrt(((sums - sums.mean()) ** 2).sum()) / len(gains))
