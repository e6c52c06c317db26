"""XGBoost with the settings that all models share: fixed seed and threads, the same bytes each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import xgboost as xgb

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_ROUNDS = 400
_PATIENCE = 20

PARAMETERS: dict[str, Any] = {
    "tree_method": "hist",
    "max_bin": 128,
    "eta": 0.05,
    "subsample": 0.7,
    "colsample_bytree": 0.5,
    "seed": 20_170_101,
    # Histograms are added up thread by thread: another number of threads gives other last digits.
    "nthread": 2,
}

Chunk = Callable[[int], tuple["NDArray[np.float32]", "NDArray[np.float32]"]]


class Chunks(xgb.DataIter):
    """Feeds a quantile matrix chunk by chunk, so that the whole matrix never exists.

    Args:
        count: number of chunks.
        chunk: makes the features and labels of one chunk.
    """

    def __init__(self, count: int, chunk: Chunk) -> None:
        self._count, self._chunk, self._next = count, chunk, 0
        super().__init__()

    def next(self, input_data: Callable[..., Any]) -> bool:
        """Hand over one chunk; False at the end."""
        if self._next == self._count:
            return False
        values, labels = self._chunk(self._next)
        input_data(data=values, label=labels)
        self._next += 1
        return True

    def reset(self) -> None:
        """Begin again: XGBoost passes over the data several times."""
        self._next = 0


def fit(
    parameters: dict[str, Any],
    rows: xgb.DMatrix,
    rounds: int,
    check: xgb.DMatrix | None = None,
) -> tuple[xgb.Booster, int]:
    """Train; with `check`, stop when its loss has not fallen for a while.

    Returns:
        The booster, cut at its best round, and the number of rounds it has.
    """
    booster = xgb.train(
        {**PARAMETERS, **parameters},
        rows,
        rounds,
        evals=[(check, "check")] if check is not None else [],
        early_stopping_rounds=_PATIENCE if check is not None else None,
        verbose_eval=False,
    )
    if check is None:
        return booster, rounds
    best = booster.best_iteration + 1
    return booster[:best], best


def to_bytes(booster: xgb.Booster) -> bytes:
    """Universal binary JSON, XGBoost's stable format."""
    return bytes(booster.save_raw("ubj"))


def from_bytes(content: bytes) -> xgb.Booster:
    """The booster that `to_bytes` wrote.

    Raises:
        ValueError: it is not XGBoost's binary JSON, which begins an object.
    """
    if not content.startswith(b"{"):
        raise ValueError("A model file is not XGBoost's binary JSON: nothing else is ever loaded.")
    booster = xgb.Booster({"nthread": PARAMETERS["nthread"]})
    booster.load_model(bytearray(content))
    return booster
