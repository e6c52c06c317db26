"""The measures that predictions are judged by; pure functions of NumPy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def auc(labels: Floats, scores: Floats) -> float:
    """Area under the ROC curve, ties counted half; NaN when there is one class only."""
    positive = labels > 0
    count = int(positive.sum())
    if count in (0, len(labels)):
        return float("nan")
    ranks = _midranks(scores)
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * (len(labels) - count)))


def _midranks(values: Floats) -> Floats:
    _, position, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[position]


def log_losses(labels: Floats, chances: Floats) -> Floats:
    """Logarithmic loss of each row; chances are kept a millionth away from 0 and 1."""
    kept = np.clip(chances, 1e-6, 1 - 1e-6)
    return -(labels * np.log(kept) + (1 - labels) * np.log(1 - kept))


def calibration_error(labels: Floats, chances: Floats, groups: int = 10) -> float:
    """Expected calibration error over groups of equal size, ordered by chance."""
    order = np.argsort(chances, kind="stable")
    parts = [part for part in np.array_split(order, groups) if len(part)]
    gaps = [abs(labels[part].mean() - chances[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / len(labels))


def churn_metrics(labels: Floats, chances: Floats) -> dict[str, float]:
    """AUC, log loss, Brier score and calibration error."""
    return {
        "auc": auc(labels, chances),
        "log_loss": float(log_losses(labels, chances).mean()),
        "brier": float(((labels - chances) ** 2).mean()),
        "calibration_error": calibration_error(labels, chances),
    }


def restricted_errors(days: Floats, predicted: Floats, horizon: int) -> Floats:
    """|min(t, horizon) - clip(prediction, 0, horizon)| of each customer; nobody is dropped."""
    return np.abs(np.minimum(days, horizon) - np.clip(predicted, 0, horizon))


def concordance(days: Floats, predicted: Floats, horizon: int) -> float:
    """Harrell's C over pairs whose earlier purchase was seen within the horizon; ties count half."""
    times = np.minimum(days, horizon)
    order = np.argsort(times, kind="stable")
    times, predicted = times[order], predicted[order]
    right = total = 0.0
    for index in range(len(times)):
        if times[index] >= horizon:
            break
        later = predicted[np.searchsorted(times, times[index], side="right") :]
        right += (later > predicted[index]).sum() + 0.5 * (later == predicted[index]).sum()
        total += len(later)
    return float(right / total) if total else float("nan")


def covered(days: Floats, low: Floats, high: Floats, horizon: int) -> NDArray[np.bool_]:
    """Whether the interval holds the day; one after the horizon is held if the interval reaches it."""
    inside = (days >= low) & (days <= high)
    return np.where(days < horizon, inside, high >= horizon - 1)


def date_metrics(days: Floats, median: Floats, horizon: int) -> dict[str, float]:
    """Restricted mean and median error, shares within 3 and 7 days, concordance."""
    errors = restricted_errors(days, median, horizon)
    return {
        "restricted_mae_days": float(errors.mean()),
        "restricted_median_error_days": float(np.median(errors)),
        "within_3_days": float((errors <= 3).mean()),
        "within_7_days": float((errors <= 7).mean()),
        "c_index": concordance(days, median, horizon),
    }


def ranking_metrics(
    ranked: Sequence[Sequence[object]], bought: Sequence[set[object]], size: int = 10
) -> dict[str, float]:
    """Recall, NDCG and hit rate at `size`, means over customers that bought something."""
    discounts = 1 / np.log2(np.arange(2, size + 2))
    recalls, gains = [], []
    for products, basket in zip(ranked, bought, strict=True):
        hits = np.array([product in basket for product in products[:size]], np.float64)
        recalls.append(hits.sum() / len(basket))
        gains.append((hits * discounts[: len(hits)]).sum() / discounts[: len(basket)].sum())
    return {
        f"recall_at_{size}": float(np.mean(recalls)) if recalls else float("nan"),
        f"ndcg_at_{size}": float(np.mean(gains)) if gains else float("nan"),
        f"hit_at_{size}": float(np.mean(np.asarray(recalls) > 0)) if recalls else float("nan"),
    }
