"""Survival curves: P(no purchase before day t), from hazards of day intervals, and what is read from them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DAILY = 14
_WIDE_INTERVALS = 18
_SMALLEST_TAIL = 1e-5
"""Hazard a day below which nobody is extrapolated: a median of about two centuries."""


def interval_edges(learned_days: int) -> NDArray[np.int64]:
    """Edges of the day intervals: daily up to 36 days, else daily for two weeks and then wider.

    Example:
        >>> interval_edges(3).tolist()
        [0, 1, 2, 3]
    """
    if learned_days <= _DAILY + _WIDE_INTERVALS + 4:
        return np.arange(learned_days + 1)
    wide = np.linspace(_DAILY, learned_days, _WIDE_INTERVALS + 1).round().astype(np.int64)
    return np.concatenate([np.arange(_DAILY), wide])


@dataclasses.dataclass(frozen=True)
class Curves:
    """One curve a customer, known at the edges, extrapolated behind the last with a constant hazard."""

    edges: NDArray[np.int64]
    survival: NDArray[np.float64]
    """Shape (customers, edges); starts at 1 and never rises."""

    @property
    def tail(self) -> NDArray[np.float64]:
        """Hazard a day over the last third of what was learned."""
        start = int(np.searchsorted(self.edges, self.edges[-1] * 2 / 3, side="right") - 1)
        start = min(start, len(self.edges) - 2)
        fall = np.log(self.survival[:, start]) - np.log(self.survival[:, -1])
        return np.maximum(fall / (self.edges[-1] - self.edges[start]), _SMALLEST_TAIL)

    def at(self, days: float) -> NDArray[np.float64]:
        """P(no purchase in the `days` days from the snapshot)."""
        last = self.edges[-1]
        if days > last:
            return self.survival[:, -1] * np.exp(-self.tail * (days - last))
        index = min(int(np.searchsorted(self.edges, days, side="right") - 1), len(self.edges) - 2)
        share = (days - self.edges[index]) / (self.edges[index + 1] - self.edges[index])
        return self.survival[:, index] * (1 - share) + self.survival[:, index + 1] * share

    def quantile(self, level: float) -> NDArray[np.float64]:
        """Days by which the purchase has happened with probability `level`.

        Within an interval the chance is spread evenly; half a day is taken off, because day d of the
        calendar covers (d, d + 1) of the curve: the result is comparable with whole days.
        """
        left = 1.0 - level
        inside = self.survival[:, -1] <= left
        index = np.clip((self.survival > left).sum(axis=1) - 1, 0, len(self.edges) - 2)
        rows = np.arange(len(self.survival))
        before, after = self.survival[rows, index], self.survival[rows, index + 1]
        width = self.edges[index + 1] - self.edges[index]
        within = self.edges[index] + width * (before - left) / np.maximum(before - after, 1e-12)
        beyond = self.edges[-1] + np.log(np.maximum(self.survival[:, -1] / left, 1.0)) / self.tail
        return np.maximum(np.where(inside, within, beyond) - 0.5, 0.0)

    def blend(self, other: Curves, weight: float) -> Curves:
        """`weight` of this curve and the rest of the other."""
        return Curves(self.edges, weight * self.survival + (1 - weight) * other.survival)

    def through(self, chance: NDArray[np.float64]) -> Curves:
        """The same shapes, bent (to a power) to end at `chance`: dates agree with the churn model."""
        end = np.log(np.clip(self.survival[:, -1], 1e-6, 1 - 1e-6))
        power = np.log(np.clip(chance, 1e-6, 1 - 1e-6)) / end
        return Curves(self.edges, self.survival ** np.clip(power, 0.2, 5.0)[:, None])


def from_hazards(edges: NDArray[np.int64], hazards: NDArray[np.float64]) -> Curves:
    """Curves of interval hazards, shape (customers, intervals)."""
    left = np.cumprod(1 - np.clip(hazards, 1e-9, 1 - 1e-6), axis=1)
    return Curves(edges, np.maximum(np.column_stack([np.ones(len(hazards)), left]), 1e-12))
