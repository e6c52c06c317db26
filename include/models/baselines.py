"""What predictions are held against: simple rules, the classics of customer-base analysis, and basket models.

The rules learn from one past snapshot whose horizon ended at the cutoff; BG/NBD and Pareto/NBD from the histories
at the cutoff itself.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from include.models.btyd import fit_bg_nbd
from include.models.curve import Curves, interval_edges
from include.models.logistic import fit_logistic
from include.models.pareto_nbd import fit_pareto_nbd
from include.models.products import decayed
from include.models.rfm import rfm_inputs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.models.frame import Frame
    from include.models.products import Candidates

    Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Counted:
    """Survival curves at a cutoff by the models that need histories only."""

    bg_nbd: Curves
    pareto_nbd: Curves


def counted(now: Frame, horizon: int) -> Counted:
    """Fit BG/NBD and Pareto/NBD on the customers of `now` and look `horizon` days ahead."""
    edges = interval_edges(horizon)
    models = (fit_bg_nbd(now), fit_pareto_nbd(now))
    return Counted(*(Curves(edges, model.survival(now, edges)) for model in models))


def churn_baselines(past: Frame, now: Frame, horizon: int, btyd: Counted) -> dict[str, Floats]:
    """P(no purchase in the horizon) by each baseline."""
    chances = {"bg_nbd": btyd.bg_nbd.survival[:, -1], "pareto_nbd": btyd.pareto_nbd.survival[:, -1]}
    labels = (past.days_to_next >= horizon).astype(np.float64)
    if not len(past):
        return {"base_rate": np.full(len(now), 0.5), **chances}
    base_rate = (labels.sum() + 0.5) / (len(labels) + 1)
    return {
        "base_rate": np.full(len(now), base_rate),
        "days_since_last_purchase": fit_logistic(_recency(past), labels, 1.0).probability(_recency(now)),
        "logistic_rfm": fit_logistic(rfm_inputs(past), labels, 1.0).probability(rfm_inputs(now)),
        **chances,
    }


def _recency(frame: Frame) -> Floats:
    days = np.nan_to_num(frame.column("recency_days"), nan=0.0)
    return np.column_stack([days, np.log1p(days)])


def date_baselines(past: Frame, now: Frame, horizon: int, btyd: Counted) -> dict[str, Floats]:
    """Days to the next purchase: the past median for everybody, the mean gap after the last purchase, the medians."""
    constant = float(np.median(np.minimum(past.days_to_next, horizon))) if len(past) else float(horizon)
    due = np.maximum(now.column("gap_mean") - now.column("recency_days"), 0.0)
    return {
        "constant": np.full(len(now), constant),
        "mean_gap": np.where(np.isnan(due), constant, due),
        "bg_nbd": btyd.bg_nbd.quantile(0.5),
        "pareto_nbd": btyd.pareto_nbd.quantile(0.5),
    }


def product_baselines(candidates: Candidates) -> dict[str, Floats]:
    """Scores of candidates: the shop's most popular, the customer's own most frequent, newest-weighted or not."""
    popular = -candidates.column("popular_rank").astype(np.float64)
    popular = np.nan_to_num(popular, nan=-1e6)
    return {
        "most_popular": popular,
        "personal_frequent": candidates.column("purchases") + 1e-7 * popular,
        "personal_decayed": decayed(candidates),
        "bought_together": candidates.column("together") + 1e-7 * popular,
    }
