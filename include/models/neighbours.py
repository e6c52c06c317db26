"""Baskets by the customer's own habit and that of similar customers: a baseline of likely products.

Hu, He, Gao and Zhang (2020), Modeling Personalized Item Frequency Information for Next-basket Recommendation
(TIFU-KNN), with one decay over visits in place of two over visits and groups of visits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    import pyarrow as pa

MOST_CUSTOMERS = 10_000
"""Every customer is compared with every other: more than this take too long."""

_NEIGHBOURS = 300
_OWN_WEIGHT = 0.7
_CHUNK = 200


def likely_products(histories: pa.Table, size: int) -> dict[str, list[str]]:
    """The `size` best products of each customer, best first.

    Args:
        histories: rows of `customer_products/histories.sql`: customer_id, product_id, decayed_visits.
        size: products on a list.
    """
    customers, rows = np.unique(histories["customer_id"].to_numpy(zero_copy_only=False), return_inverse=True)
    products, columns = np.unique(histories["product_id"].to_numpy(zero_copy_only=False), return_inverse=True)
    weights = histories["decayed_visits"].to_numpy().astype(np.float64) / 1e6
    own = sparse.csr_matrix((weights, (rows, columns)), (len(customers), len(products)))
    lengths = np.sqrt(own.multiply(own).sum(axis=1)).A1
    directions = sparse.diags(1 / np.maximum(lengths, 1e-12)) @ own
    ranked: dict[str, list[str]] = {}
    for start in range(0, len(customers), _CHUNK):
        likeness = (directions[start : start + _CHUNK] @ directions.T).toarray()
        scores = _blended(own, likeness, start)
        best = np.argsort(-scores, axis=1, kind="stable")[:, :size]
        for place, chosen in enumerate(best):
            ranked[customers[start + place]] = products[chosen].tolist()
    return ranked


def _blended(own: sparse.csr_matrix, likeness: np.ndarray, start: int) -> np.ndarray:
    """Scores of every product, of the customers from `start` on: their own and their neighbours' mean."""
    count = len(likeness)
    likeness[np.arange(count), start + np.arange(count)] = -1.0
    nearest = np.argsort(-likeness, axis=1, kind="stable")[:, : min(_NEIGHBOURS, own.shape[0] - 1)]
    of = np.repeat(np.arange(count), nearest.shape[1])
    # Who has no product in common is no neighbour.
    shares = (np.take_along_axis(likeness, nearest, axis=1) > 0) / max(1, nearest.shape[1])
    mean = sparse.csr_matrix((shares.ravel(), (of, nearest.ravel())), (count, own.shape[0]))
    return (_OWN_WEIGHT * own[start : start + count] + (1 - _OWN_WEIGHT) * (mean @ own)).toarray()
