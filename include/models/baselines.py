"""The simplest baselines, each learned from one past snapshot whose horizon ended at the cutoff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from include.models.logistic import fit_logistic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.models.frame import Frame
    from include.models.products import Candidates


def churn_baselines(past: Frame, now: Frame, horizon: int) -> dict[str, NDArray[np.float64]]:
    """P(no purchase in the horizon) by the past base rate, and by days since the last purchase."""
    labels = (past.days_to_next >= horizon).astype(np.float64)
    if not len(past):
        return {"base_rate": np.full(len(now), 0.5)}
    base_rate = (labels.sum() + 0.5) / (len(labels) + 1)
    return {
        "base_rate": np.full(len(now), base_rate),
        "days_since_last_purchase": fit_logistic(_recency(past), labels, 1.0).probability(_recency(now)),
    }


def _recency(frame: Frame) -> NDArray[np.float64]:
    days = np.nan_to_num(frame.column("recency_days"), nan=0.0)
    return np.column_stack([days, np.log1p(days)])


def date_baselines(past: Frame, now: Frame, horizon: int) -> dict[str, NDArray[np.float64]]:
    """Days to the next purchase: the past median for everybody; the mean gap after the last purchase."""
    constant = float(np.median(np.minimum(past.days_to_next, horizon))) if len(past) else float(horizon)
    due = np.maximum(now.column("gap_mean") - now.column("recency_days"), 0.0)
    return {
        "constant": np.full(len(now), constant),
        "mean_gap": np.where(np.isnan(due), constant, due),
    }


def product_baselines(candidates: Candidates) -> dict[str, NDArray[np.float64]]:
    """Scores of candidates: the shop's most popular, and the customer's own most frequent."""
    popular = -candidates.column("popular_rank").astype(np.float64)
    return {
        "most_popular": popular,
        "personal_frequent": candidates.column("purchases") + 1e-7 * popular,
    }
