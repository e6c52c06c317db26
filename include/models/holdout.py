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
    """Position of the best candidate; the default stays unless the gain exceeds its standard error.

    Args:
        candidates: weights to choose from.
        default: position of the one that stands without evidence.
        losses: loss of each held-out row under some weights.
        customers: customer of each row; rows of one customer are no independent evidence.
    """
    _, groups = np.unique(customers, return_inverse=True)
    standing = losses(candidates[default])
    best, best_gain = default, 0.0
    for position, weights in enumerate(candidates):
        gains = np.bincount(groups, standing - losses(weights))
        gain, error = gains.sum(), np.sqrt(((gains - gains.mean()) ** 2).sum())
        if gain > error and gain > best_gain:
            best, best_gain = position, gain
    return best
