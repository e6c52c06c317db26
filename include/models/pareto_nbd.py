"""Pareto/NBD, the yardstick of customer-base analysis: a baseline that past predictions are held against.

Schmittlein, Morrison and Colombo (1987), "Counting Your Customers: Who Are They and What Will They Do Next?".
A customer buys at a constant rate and is lost at a constant rate at any time; both are gamma-distributed over
customers. The integrals over the time of loss are taken numerically (Gauss and Legendre), after a substitution
that leaves them smooth: the closed form with hypergeometric functions loses its digits for frequent buyers.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from include.models.btyd import histories

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.models.frame import Frame

    Floats = NDArray[np.float64]

_MAX_CUSTOMERS = 5_000
_START = (0.0, 3.0, -0.5, 5.0)
_BOUND = 12.0
_PRIOR = 0.001
_NODES, _WEIGHTS = (part / 2 for part in np.polynomial.legendre.leggauss(24))
_NODES = _NODES + 0.5
"""Nodes and weights of an integral over 0 to 1."""


@dataclasses.dataclass(frozen=True)
class ParetoNbd:
    """Fitted parameters: shape `r` and rate `alpha` of buying, shape `s` and rate `beta` of being lost."""

    r: float
    alpha: float
    s: float
    beta: float

    def alive(self, repeats: Floats, last: Floats, age: Floats) -> Floats:
        """P(still a customer) after `repeats` purchases, the last one on day `last` of `age` days."""
        return 1 / (1 + np.exp(self._log_gone(repeats, last, age)))

    def survival(self, frame: Frame, days: NDArray[np.int64]) -> Floats:
        """P(no purchase before each of `days`, rising from 0), shape (rows, days)."""
        repeats, last, age = histories(frame)
        bought = np.zeros((len(frame), len(days)))
        for index in range(1, len(days)):
            width = float(days[index] - days[index - 1])
            ahead = days[index - 1] + width * _NODES
            bought[:, index] = bought[:, index - 1] + width * self._next(repeats, age, ahead) @ _WEIGHTS
        return np.clip(1 - self.alive(repeats, last, age)[:, None] * bought, 1e-12, 1.0)

    def log_likelihood(self, repeats: Floats, last: Floats, age: Floats) -> Floats:
        """Of each history."""
        shape = self.r + repeats
        alive = gammaln(shape) - gammaln(self.r) + self.r * np.log(self.alpha) - shape * np.log(self.alpha + age)
        alive += self.s * (np.log(self.beta) - np.log(self.beta + age))
        return alive + np.logaddexp(0.0, self._log_gone(repeats, last, age))

    def _next(self, repeats: Floats, age: Floats, ahead: Floats) -> Floats:
        """Density of the first purchase `ahead` days from now, of a customer who is one now."""
        shape, exposure = (self.r + repeats)[:, None], (self.alpha + age)[:, None]
        bought = shape / (exposure + ahead) * (exposure / (exposure + ahead)) ** shape
        return bought * ((self.beta + age)[:, None] / ((self.beta + age)[:, None] + ahead)) ** self.s

    def _log_gone(self, repeats: Floats, last: Floats, age: Floats) -> Floats:
        """Log odds of having been lost between the last purchase and now."""
        shape = self.r + repeats
        # w = ((alpha + last) / (alpha + u)) ** shape turns the steep power of u into a flat one of w.
        log_end = shape * (np.log(self.alpha + last) - np.log(self.alpha + age))
        start = np.exp(log_end)
        w = start[:, None] + (1 - start)[:, None] * _NODES
        u = (self.alpha + last)[:, None] * w ** (-1 / shape[:, None]) - self.alpha
        lost = (self.alpha + u) * ((self.beta + age)[:, None] / (self.beta + u)) ** self.s / (self.beta + u)
        whole = np.maximum((1 - start) * (lost @ _WEIGHTS), 1e-300)
        return np.log(self.s / shape) - log_end + np.log(whole)


def fit_pareto_nbd(frame: Frame) -> ParetoNbd:
    """Maximum likelihood on the newest snapshot of the frame, in a fixed sample of its customers."""
    newest = frame.take(frame.dates == frame.dates.max())
    sample = newest.take(np.argsort(newest.buckets, kind="stable")[:_MAX_CUSTOMERS])
    seen = histories(sample)

    def loss(logs: Floats) -> float:
        model = ParetoNbd(*np.exp(logs))
        return -model.log_likelihood(*seen).mean() + _PRIOR * float((logs**2).mean())

    found = minimize(loss, np.array(_START), method="L-BFGS-B", bounds=[(-_BOUND, _BOUND)] * 4)
    return ParetoNbd(*(float(f"{value:.6g}") for value in np.exp(found.x)))
