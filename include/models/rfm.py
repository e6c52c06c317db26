"""The few inputs of the logistic challengers: recency, frequency, regularity and money, on a log scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.models.frame import Frame

_LOGGED = (
    "recency_days", "tenure_days", "purchases", "gap_mean", "gap_median",
    "recency_over_gap_mean", "recency_over_gap_median",
    "purchases_30", "purchases_90", "purchases_180", "frequency_14", "frequency_45", "frequency_120",
    "basket_value", "distinct_products",
)  # fmt: skip


def rfm_inputs(frame: Frame) -> NDArray[np.float64]:
    """Shape (rows, 18), no NaN.

    A gap that is not defined (fewer than two purchases) is set to the tenure, the shortest that it can be,
    and flagged in a column of its own.
    """
    single = np.isnan(frame.column("gap_mean"))
    tenure = np.nan_to_num(frame.column("tenure_days"), nan=0.0)
    columns = []
    for name in _LOGGED:
        value = frame.column(name)
        undefined = tenure if name.startswith("gap") else 1.0 if name.startswith("recency_over") else 0.0
        columns.append(np.log1p(np.maximum(np.where(np.isnan(value), undefined, value), 0.0)))
    recency, purchases = columns[0], columns[2]
    return np.column_stack([*columns, single, recency * recency, recency * purchases])
