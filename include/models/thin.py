"""What can be said of a shop whose history teaches no model: purchases as a gamma-mixed Poisson process.

Each customer buys at a constant rate; the rates of the shop follow a gamma distribution around its mean rate,
with the weight of one purchase (the NBD of Ehrenberg, without dropout). The rate of a customer after n
purchases in a tenure of x days is then gamma-distributed again, and P(no purchase in t) has a closed form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.models.frame import Frame


class PurchaseRate:
    """Posterior purchase rates of the customers of a frame.

    Args:
        frame: the customers at one date; needs `purchases` and `tenure_days`.
        mean_rate: purchases a customer and day in the shop, `mean_rate`.
    """

    def __init__(self, frame: Frame, mean_rate: float) -> None:
        # The first purchase starts the tenure, so it tells nothing of the rate.
        self._shape = 1.0 + np.maximum(np.nan_to_num(frame.column("purchases")) - 1.0, 0.0)
        self._days = 1.0 / mean_rate + np.nan_to_num(frame.column("tenure_days"))

    def at(self, days: float) -> NDArray[np.float64]:
        """P(no purchase in the `days` days from the snapshot)."""
        return (self._days / (self._days + days)) ** self._shape

    def quantile(self, level: float) -> NDArray[np.float64]:
        """Days by which the purchase has happened with probability `level`, as in `Curves.quantile`."""
        days = self._days * ((1.0 - level) ** (-1.0 / self._shape) - 1.0)
        return np.maximum(days - 0.5, 0.0)


def mean_rate(frame: Frame) -> float:
    """Repeat purchases a customer and day over all tenures, half a one added: never zero."""
    repeats = np.maximum(np.nan_to_num(frame.column("purchases")) - 1.0, 0.0).sum()
    return float((repeats + 0.5) / (np.nan_to_num(frame.column("tenure_days")).sum() + 1.0))
