"""Expected spend of a customer over the next days: BG/NBD for the visits, a shrunk mean for their value.

The visits' distribution is a mixture over quantiles of the customer's rate and lifetime; the sum of their
values is taken as a gamma distribution with the same mean and variance (a compound Poisson sum is near one).
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv, gammaincinv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.models.btyd import BgNbd
    from include.models.frame import Frame

    Floats = NDArray[np.float64]

DAYS = 365
MIN_HISTORY_DAYS = 90
_RATES = (np.arange(9) + 0.5) / 9
_DROPOUTS = (np.arange(6) + 0.5) / 6
_LIVES = (np.arange(8) + 0.5) / 8
_PRIOR_VISITS = 3.0
"""Visits of its own after which a customer's mean basket weighs as much as the shop's."""


@dataclasses.dataclass(frozen=True)
class Baskets:
    """What the shop's baskets are like."""

    value: float
    """Mean spend of a visit, over customers with several."""
    spread: float
    """Standard deviation of a customer's visits over the customer's mean."""


def fit_baskets(frame: Frame) -> Baskets | None:
    """Learn from the newest snapshot; None where no price is known."""
    newest = frame.take(frame.dates == frame.dates.max()) if len(frame) else frame
    mean, last = (np.nan_to_num(newest.column(name)) for name in ("basket_value", "basket_value_last"))
    visits = np.nan_to_num(newest.column("purchases"))
    several = (visits >= 3) & (mean > 0)
    if several.sum() < 20:
        return None
    # The latest visit is itself one of the n in the mean: its distance is too short by (n - 1) / n.
    mean, last, visits = mean[several], last[several], visits[several]
    shares = (last / mean - 1) ** 2 * visits / (visits - 1)
    return Baskets(float(f"{mean.mean():.6g}"), float(f"{np.sqrt(shares.mean()):.6g}"))


def expected_spend(model: BgNbd, baskets: Baskets, frame: Frame, days: int = DAYS) -> tuple[Floats, Floats, Floats]:
    """Mean and the 10 % and 90 % quantiles of the spend in the next `days` days, rounded to cents."""
    mean_visits, variance_visits = _visits(model, frame, days)
    visits = np.nan_to_num(frame.column("purchases"))
    own = np.nan_to_num(frame.column("basket_value"))
    value = (visits * own + _PRIOR_VISITS * baskets.value) / (visits + _PRIOR_VISITS)
    mean = mean_visits * value
    variance = mean_visits * (baskets.spread * value) ** 2 + variance_visits * value**2
    shape = mean**2 / np.maximum(variance, 1e-12)
    scale = variance / np.maximum(mean, 1e-12)
    low, high = (gammaincinv(np.maximum(shape, 1e-6), level) * scale for level in (0.1, 0.9))
    return np.round(mean, 2), np.round(np.minimum(low, mean), 2), np.round(np.maximum(high, mean), 2)


def _visits(model: BgNbd, frame: Frame, days: int) -> tuple[Floats, Floats]:
    """Mean and variance of the visits: alive or not, at a rate, until a dropout."""
    alive, shape, exposure, stays = model.posterior(frame)
    first, second = np.zeros(len(frame)), np.zeros(len(frame))
    rates = [gammaincinv(shape, level) / exposure for level in _RATES]
    dropouts = [betaincinv(model.a, stays, level) for level in _DROPOUTS]
    cells = list(itertools.product(rates, dropouts, -np.log(1 - _LIVES)))
    for rate, dropout, life in cells:
        # Dropout comes after a purchase, so the lifetime is exponential with the rate times its chance.
        seen = np.minimum(rate * days, life / np.maximum(dropout, 1e-12))
        first += seen
        second += seen**2
    mean = alive * first / len(cells)
    return mean, np.maximum(alive * (first + second) / len(cells) - mean**2, 0.0)
