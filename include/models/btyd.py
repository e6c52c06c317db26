"""BG/NBD, the classic of customer-base analysis: the challenger that needs no past snapshot, only histories.

Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way. A customer buys at a constant rate
(gamma-distributed over customers) and drops out after a purchase with a constant chance (beta-distributed).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.models.frame import Frame

_MAX_CUSTOMERS = 20_000
_START = (0.0, 2.0, -1.0, 1.0)
_BOUND = 12.0
_PRIOR = 0.001
"""Ridge on the logarithms of the parameters, a customer: where data say nothing, they stay at a sane place."""


@dataclasses.dataclass(frozen=True)
class BgNbd:
    """Fitted parameters: `r` and `alpha` of the buying rate, `a` and `b` of the dropout."""

    r: float
    alpha: float
    a: float
    b: float

    def survival(self, frame: Frame, days: NDArray[np.int64]) -> NDArray[np.float64]:
        """P(no purchase before each of `days`), shape (rows, days)."""
        repeats, last, age = histories(frame)
        alive = self._alive(repeats, last, age)[:, None]
        silent = ((self.alpha + age)[:, None] / (self.alpha + age[:, None] + days)) ** (self.r + repeats)[:, None]
        return np.clip(1 - alive * (1 - silent), 1e-12, 1.0)

    def posterior(
        self, frame: Frame
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """P(still a customer), shape and exposure of the gamma of the rate, second parameter of the dropout's beta."""
        repeats, last, age = histories(frame)
        return self._alive(repeats, last, age), self.r + repeats, self.alpha + age, self.b + repeats

    def _alive(
        self, repeats: NDArray[np.float64], last: NDArray[np.float64], age: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        odds = self.a / np.maximum(self.b + repeats - 1, 1e-9)
        gone = odds * ((self.alpha + age) / (self.alpha + last)) ** (self.r + repeats)
        return np.where(repeats > 0, 1 / (1 + gone), 1.0)


def fit_bg_nbd(frame: Frame) -> BgNbd:
    """Maximum likelihood on the newest snapshot of the frame, in a fixed sample of its customers."""
    newest = frame.take(frame.dates == frame.dates.max())
    sample = newest.take(np.argsort(newest.buckets, kind="stable")[:_MAX_CUSTOMERS])
    repeats, last, age = histories(sample)

    def loss(logs: NDArray[np.float64]) -> float:
        return -_log_likelihood(np.exp(logs), repeats, last, age).mean() + _PRIOR * float((logs**2).mean())

    found = minimize(loss, np.array(_START), method="L-BFGS-B", bounds=[(-_BOUND, _BOUND)] * 4)
    # Rounded: the last digits of a search are not worth a new model version.
    return BgNbd(*(float(f"{value:.6g}") for value in np.exp(found.x)))


def histories(frame: Frame) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Repeat purchases, day of the last one and age of the customer, both counted from the first purchase."""
    age = np.nan_to_num(frame.column("tenure_days"))
    repeats = np.maximum(np.nan_to_num(frame.column("purchases")) - 1, 0.0)
    return repeats, np.maximum(age - np.nan_to_num(frame.column("recency_days")), 0.0), age


def _log_likelihood(
    parameters: NDArray[np.float64],
    repeats: NDArray[np.float64],
    last: NDArray[np.float64],
    age: NDArray[np.float64],
) -> NDArray[np.float64]:
    r, alpha, a, b = parameters
    rate = gammaln(r + repeats) - gammaln(r) + r * np.log(alpha)
    dropout = gammaln(a + b) + gammaln(b + repeats) - gammaln(b) - gammaln(a + b + repeats)
    alive = -(r + repeats) * np.log(alpha + age)
    gone = np.log(a) - np.log(np.maximum(b + repeats - 1, 1e-9)) - (r + repeats) * np.log(alpha + last)
    return rate + dropout + np.logaddexp(alive, np.where(repeats > 0, gone, -np.inf))
