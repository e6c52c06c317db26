"""Churn: P(no purchase in the learned days), as a blend of parts in log odds."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import xgboost as xgb

from include.models import boosting
from include.models.logistic import Logistic, fit_logistic, logit, sigmoid
from include.models.rfm import rfm_inputs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.models.frame import Frame

PARTS = ("xgboost", "hazard", "logistic", "bg_nbd", "base_rate")
"""Order of the weights of a blend."""

# Four trees a round, each on its own draw of rows and columns: the average of several models in one.
_PARAMETERS = {"objective": "binary:logistic", "max_depth": 4, "min_child_weight": 5, "num_parallel_tree": 4}


@dataclasses.dataclass(frozen=True)
class Churn:
    """The parts that are fitted here; the parts `hazard` and `bg_nbd` are read from survival curves."""

    booster: xgb.Booster | None
    logistic: Logistic
    base_rate: float

    def parts(self, frame: Frame, hazard: NDArray[np.float64], bg_nbd: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities of each part, shape (rows, parts), in the order of `PARTS`."""
        logistic = self.logistic.probability(rfm_inputs(frame))
        boosted = logistic if self.booster is None else self.booster.inplace_predict(frame.values)
        return np.column_stack([boosted, hazard, logistic, bg_nbd, np.full(len(frame), self.base_rate)])


def fit_churn(
    frame: Frame,
    churned: NDArray[np.float64],
    *,
    penalty: float,
    rounds: int | None,
    check: tuple[Frame, NDArray[np.float64]] | None = None,
) -> tuple[Churn, int | None]:
    """Learn from snapshots whose learned days were observed whole; arguments as in `fit_hazards`."""
    logistic = fit_logistic(rfm_inputs(frame), churned, penalty)
    base_rate = float((churned.sum() + 0.5) / (len(churned) + 1))
    if rounds is None:
        return Churn(None, logistic, base_rate), None
    rows = xgb.QuantileDMatrix(frame.values, churned, max_bin=boosting.PARAMETERS["max_bin"], nthread=2)
    held_out = None
    if check is not None:
        held_out = xgb.QuantileDMatrix(check[0].values, check[1], ref=rows, max_bin=128, nthread=2)
    booster, best = boosting.fit(_PARAMETERS, rows, rounds, held_out)
    return Churn(booster, logistic, base_rate), best


def blend(parts: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted mean of the parts' log odds, as a probability."""
    return sigmoid(logit(parts) @ weights)
