"""Next purchase: discrete-time hazards by pooled XGBoost, and by a ridge logistic regression beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import xgboost as xgb

from include.models import boosting, intervals
from include.models.btyd import BgNbd, fit_bg_nbd
from include.models.curve import Curves, from_hazards
from include.models.logistic import Logistic, fit_logistic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.models.frame import Frame

PARTS = ("xgboost_hazard", "logistic_hazard", "bg_nbd", "pooled")
"""Order of the weights of a blend of curves; `pooled` is one curve for everybody."""

_MAX_ROWS = 300_000
_MAX_LOGISTIC_ROWS = 100_000
_CHUNK_SNAPSHOTS = 20_000
_PARAMETERS = {
    "objective": "binary:logistic",
    "max_depth": 5,
    "min_child_weight": 20,
    "eta": 0.08,
    "subsample": 0.5,
}


@dataclasses.dataclass(frozen=True)
class Hazards:
    """Four ways to a survival curve at `edges`; `booster` is None where data are too few for it."""

    edges: NDArray[np.int64]
    booster: xgb.Booster | None
    logistic: Logistic
    bg_nbd: BgNbd
    pooled: NDArray[np.float64]
    """P(no purchase before each edge) of the average customer."""

    def blended(self, frame: Frame, weights: tuple[float, ...]) -> Curves:
        """Curves by the parts that have a weight, in the order of `PARTS`."""
        made = [part(frame).survival * weight for part, weight in zip(self._parts(), weights, strict=True) if weight]
        return Curves(self.edges, np.sum(made, axis=0))

    def parts(self, frame: Frame) -> list[Curves]:
        """Curves by each part, in the order of `PARTS`."""
        return [part(frame) for part in self._parts()]

    def _parts(self) -> tuple[Callable[[Frame], Curves], ...]:
        return self.boosted, self.regressed, self.counted, self.average

    def counted(self, frame: Frame) -> Curves:
        """Curves by BG/NBD."""
        return Curves(self.edges, self.bg_nbd.survival(frame, self.edges))

    def average(self, frame: Frame) -> Curves:
        """The same curve for everybody."""
        return Curves(self.edges, np.tile(self.pooled, (len(frame), 1)))

    def boosted(self, frame: Frame) -> Curves:
        """Curves by XGBoost; by the logistic regression where there is no booster."""
        booster = self.booster
        if booster is None:
            return self.regressed(frame)
        return self._curves(frame, lambda *at: booster.inplace_predict(intervals.boosted_inputs(*at)))

    def regressed(self, frame: Frame) -> Curves:
        """Curves by logistic regression."""
        return self._curves(frame, lambda *at: self.logistic.probability(intervals.logistic_inputs(*at)))

    def _curves(self, frame: Frame, predict) -> Curves:  # noqa: ANN001
        count = len(self.edges) - 1
        hazards = np.empty((len(frame), count))
        for start in range(0, len(frame), _CHUNK_SNAPSHOTS):
            part = frame.take(np.arange(start, min(start + _CHUNK_SNAPSHOTS, len(frame))))
            rows, at = intervals.spread(np.full(len(part), count))
            hazards[start : start + len(part)] = predict(part, self.edges, rows, at).reshape(len(part), count)
        return from_hazards(self.edges, hazards)


def fit_hazards(
    frame: Frame,
    edges: NDArray[np.int64],
    *,
    penalty: float,
    rounds: int | None,
    check: Frame | None = None,
) -> tuple[Hazards, int | None]:
    """Learn from snapshots of any age; returns the model and the booster's rounds.

    Args:
        frame: snapshots with outcomes.
        edges: edges of the intervals, `interval_edges`.
        penalty: ridge of the logistic regression; grows with the overlap of the snapshots.
        rounds: rounds of boosting, at most, when `check` is given; None: no booster, data are few.
        check: held-out snapshots that say when to stop.
    """
    logistic = _fit_logistic(_thin(frame, edges, _MAX_LOGISTIC_ROWS), edges, penalty)
    simple = (logistic, fit_bg_nbd(frame), _pooled(frame, edges))
    if rounds is None:
        return Hazards(edges, None, *simple), None
    rows = _matrix(_thin(frame, edges, _MAX_ROWS), edges)
    held_out = None if check is None else _matrix(_thin(check, edges, _MAX_ROWS // 4), edges, rows)
    booster, best = boosting.fit(_PARAMETERS, rows, rounds, held_out)
    return Hazards(edges, booster, *simple), best


def _fit_logistic(frame: Frame, edges: NDArray[np.int64], penalty: float) -> Logistic:
    rows, at = intervals.spread(intervals.intervals_entered(frame, edges))
    labels = intervals.labels(frame, edges, rows, at).astype(np.float64)
    return fit_logistic(intervals.logistic_inputs(frame, edges, rows, at), labels, penalty)


def _pooled(frame: Frame, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """The life table of all snapshots (Kaplan and Meier's estimate at the edges)."""
    counts = intervals.intervals_entered(frame, edges)
    seen = np.searchsorted(edges, frame.days_to_next, side="right") - 1
    came = np.bincount(seen[seen == counts - 1].astype(np.int64), minlength=len(edges) - 1)
    entered = np.array([(counts > interval).sum() for interval in range(len(edges) - 1)])
    return from_hazards(edges, (came / np.maximum(entered, 1))[None, :]).survival[0]


def _thin(frame: Frame, edges: NDArray[np.int64], limit: int) -> Frame:
    total = int(intervals.intervals_entered(frame, edges).sum())
    if total <= limit:
        return frame
    # A fixed hash of customer and snapshot: an even sample that is the same each time.
    draw = (frame.buckets * 7_919 + frame.dates.astype(np.int64) * 104_729) % 1_000_003
    return frame.take(draw < 1_000_003 * (limit / total))


def _matrix(frame: Frame, edges: NDArray[np.int64], like: xgb.DMatrix | None = None) -> xgb.QuantileDMatrix:
    def chunk(index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        start = index * _CHUNK_SNAPSHOTS
        part = frame.take(np.arange(start, min(start + _CHUNK_SNAPSHOTS, len(frame))))
        rows, at = intervals.spread(intervals.intervals_entered(part, edges))
        return intervals.boosted_inputs(part, edges, rows, at), intervals.labels(part, edges, rows, at)

    chunks = boosting.Chunks(-(-len(frame) // _CHUNK_SNAPSHOTS), chunk)
    threads = boosting.PARAMETERS["nthread"]
    return xgb.QuantileDMatrix(chunks, max_bin=boosting.PARAMETERS["max_bin"], ref=like, nthread=threads)
