"""Ridge logistic regression by Newton's method: the cheap challenger, at its best where data are few.

Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 4.4; the penalty is half of `penalty`
times the squared coefficients of standardised inputs, the intercept is free.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STEPS = 50
_TOLERANCE = 1e-8


@dataclasses.dataclass(frozen=True)
class Logistic:
    """A fitted model; `probability` takes the same columns that it was fitted on."""

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    """Intercept first, then one a standardised column."""

    def probability(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """P(label = 1) of each row."""
        # Inputs far outside of what was learned are held at six standard deviations.
        standard = np.clip((inputs - self.mean) / self.scale, -6, 6)
        return sigmoid(self.weights[0] + standard @ self.weights[1:])

    def to_json(self) -> dict[str, list[float]]:
        """Plain lists, for `from_json`."""
        return {"mean": self.mean.tolist(), "scale": self.scale.tolist(), "weights": self.weights.tolist()}

    @classmethod
    def from_json(cls, values: dict[str, list[float]]) -> Logistic:
        """The model that `to_json` wrote."""
        return cls(**{name: np.asarray(numbers, np.float64) for name, numbers in values.items()})


def fit_logistic(inputs: NDArray[np.float64], labels: NDArray[np.float64], penalty: float) -> Logistic:
    """Fit on rows without NaN.

    Args:
        inputs: shape (rows, columns).
        labels: 0 or 1.
        penalty: strength of the ridge; 1 is a standard normal prior on each coefficient.
    """
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    design = np.column_stack([np.ones(len(inputs)), np.clip((inputs - mean) / scale, -6, 6)])
    ridge = np.full(design.shape[1], penalty)
    ridge[0] = 1e-6
    weights = np.zeros(design.shape[1])
    # Starting at the base rate keeps the first Newton step inside its region of convergence.
    weights[0] = logit(np.array([(labels.sum() + 0.5) / (len(labels) + 1.0)]))[0]
    for _ in range(_STEPS):
        step = _newton_step(design, labels, weights, ridge)
        weights = weights + step
        if np.abs(step).max() < _TOLERANCE:
            break
    return Logistic(mean, scale, weights)


def _newton_step(
    design: NDArray[np.float64],
    labels: NDArray[np.float64],
    weights: NDArray[np.float64],
    ridge: NDArray[np.float64],
) -> NDArray[np.float64]:
    chance = sigmoid(design @ weights)
    gradient = design.T @ (labels - chance) - ridge * weights
    curvature = (design * np.maximum(chance * (1 - chance), 1e-6)[:, None]).T @ design + np.diag(ridge)
    step = np.linalg.solve(curvature, gradient)
    return step * min(1.0, 5.0 / np.abs(step).max()) if np.abs(step).max() > 0 else step


def sigmoid(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 / (1 + exp(-value)), without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * value))


def logit(chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log odds of a probability, which is kept one ten-thousandth away from 0 and 1."""
    kept = np.clip(chance, 1e-4, 1 - 1e-4)
    return np.log(kept / (1 - kept))
