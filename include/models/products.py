"""Likely products: candidates from SQL, ranked by XGBoost or by the customer's decayed purchases."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import xgboost as xgb

from include.models import boosting

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

SIZE = 10
"""Products on a list."""

PERSONAL_CANDIDATES = 120
POPULAR_CANDIDATES = 30
TOGETHER_CANDIDATES = 20
_ROUNDS = 160
_MIN_BASKETS = 200
KEYS = ("snapshot_date", "customer_id", "product_id")
_PARAMETERS = {
    "objective": "rank:ndcg",
    "lambdarank_pair_method": "topk",
    "lambdarank_num_pair_per_sample": SIZE,
    "max_depth": 6,
    "eta": 0.06,
    "min_child_weight": 20,
    "colsample_bytree": 0.7,
}


@dataclasses.dataclass(frozen=True)
class Candidates:
    """Candidate products of customer snapshots; the rows of a snapshot are contiguous."""

    customers: NDArray[np.object_]
    products: NDArray[np.object_]
    lists: NDArray[np.int64]
    """Number of the snapshot that a row belongs to, rising from 0."""
    values: NDArray[np.float32]
    columns: tuple[str, ...]
    bought: NDArray[np.float32]
    """1 where the product was in the next basket; 0 where not, or not known."""
    basket_sizes: NDArray[np.int64]
    """Products of each snapshot's next basket, candidates or not; 0 without one."""

    def column(self, name: str) -> NDArray[np.float32]:
        """One feature."""
        return self.values[:, self.columns.index(name)]

    def take(self, lists: NDArray[np.bool_]) -> Candidates:
        """The snapshots of a mask over snapshots."""
        rows = lists[self.lists]
        renumbered = np.cumsum(lists) - 1
        return dataclasses.replace(
            self,
            customers=self.customers[rows],
            products=self.products[rows],
            lists=renumbered[self.lists[rows]],
            values=self.values[rows],
            bought=self.bought[rows],
            basket_sizes=self.basket_sizes[lists],
        )


@dataclasses.dataclass(frozen=True)
class Ranker:
    """What orders the candidates: a booster, or a decayed count of the customer's own purchases."""

    booster: xgb.Booster | None

    @property
    def name(self) -> str:
        """Name for model_runs."""
        return "xgboost_rank_ndcg" if self.booster is not None else "decayed_personal_frequency"

    def scores(self, candidates: Candidates) -> NDArray[np.float64]:
        """Higher is likelier; comparable within a customer only."""
        if self.booster is not None:
            return self.booster.inplace_predict(candidates.values).astype(np.float64)
        return decayed(candidates)


def decayed(candidates: Candidates) -> NDArray[np.float64]:
    """Purchases with a half-life of 180 days; the shop's popularity orders what the customer never bought."""
    popular = candidates.column("sold_90") + 1e-3 * candidates.column("buyers")
    return candidates.column("decayed_180").astype(np.float64) + 1e-6 * popular / max(
        1.0, float(popular.max(initial=1.0))
    )


def reasons(candidates: Candidates) -> NDArray[np.str_]:
    """Why each candidate is one: bought_before, bought_together, new_in_category or popular."""
    because = {"bought_before": "purchases", "bought_together": "is_together", "new_in_category": "is_new"}
    return np.select([candidates.column(name) > 0 for name in because.values()], list(because), default="popular")


def from_arrow(table: pa.Table, baskets: pa.Table | None) -> Candidates:
    """Rows of `customer_products/candidates.sql`, labelled by `customer_outcomes/next_basket.sql`."""
    table = table.sort_by([(name, "ascending") for name in KEYS])
    names = tuple(name for name in table.column_names if name not in KEYS)
    values = np.empty((table.num_rows, len(names)), np.float32)
    for index, name in enumerate(names):
        values[:, index] = table[name].to_numpy()
    dates = table["snapshot_date"].to_numpy().astype("datetime64[D]")
    customers, products = table["customer_id"].to_numpy(), table["product_id"].to_numpy()
    new = np.ones(table.num_rows, bool)
    new[1:] = (dates[1:] != dates[:-1]) | (customers[1:] != customers[:-1])
    lists = np.cumsum(new) - 1
    bought, sizes = _labels(dates, customers, products, lists, new, baskets)
    return Candidates(customers, products, lists, values, names, bought, sizes)


def _labels(
    dates: NDArray[np.datetime64],
    customers: NDArray[np.object_],
    products: NDArray[np.object_],
    lists: NDArray[np.int64],
    new: NDArray[np.bool_],
    baskets: pa.Table | None,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    sizes = np.zeros(int(new.sum()), np.int64)
    if baskets is None:
        return np.zeros(len(dates), np.float32), sizes
    days = baskets["snapshot_date"].to_numpy().astype("datetime64[D]")
    keys = list(zip(days.tolist(), baskets["customer_id"].to_pylist(), strict=True))
    basket: dict[tuple[object, object], set[object]] = {}
    for key, product in zip(keys, baskets["product_id"].to_pylist(), strict=True):
        basket.setdefault(key, set()).add(product)
    starts = zip(dates[new].tolist(), customers[new], strict=True)
    per_list = [basket.get(start, frozenset()) for start in starts]
    sizes[:] = [len(items) for items in per_list]
    pairs = zip(lists.tolist(), products, strict=True)
    bought = np.fromiter((product in per_list[number] for number, product in pairs), np.float32, len(lists))
    return bought, sizes


def best_first(candidates: Candidates, scores: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the best `SIZE` candidates of each list, best first, and their rank from 0; ties by product id."""
    order = np.lexsort((np.arange(len(scores)), -scores, candidates.lists))
    starts = np.searchsorted(candidates.lists, np.arange(len(candidates.basket_sizes)))
    rank = np.arange(len(order)) - starts[candidates.lists[order]]
    return order[rank < SIZE], rank[rank < SIZE]


def list_gains(candidates: Candidates, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """NDCG at `SIZE` of each list that has a next basket."""
    rows, rank = best_first(candidates, scores)
    discounts = 1 / np.log2(np.arange(2, SIZE + 2))
    gains = np.bincount(candidates.lists[rows], candidates.bought[rows] * discounts[rank], len(candidates.basket_sizes))
    sizes = candidates.basket_sizes
    ideal = np.cumsum(discounts)[np.clip(sizes, 1, SIZE) - 1]
    return (gains / ideal)[sizes > 0]


def train_ranker(candidates: Candidates) -> tuple[Ranker, list[dict[str, str | float]]]:
    """Learn from past baskets; the booster serves if held-out lists are better by a standard error."""
    usable = np.bincount(candidates.lists, candidates.bought, len(candidates.basket_sizes)) > 0
    names, groups = np.unique(candidates.customers, return_inverse=True)
    of_list = np.zeros(len(usable), np.int64)
    of_list[candidates.lists] = groups
    if usable.sum() < _MIN_BASKETS or len(names) < 50:
        return Ranker(None), []
    held_out = of_list % 4 == 0
    check = candidates.take(held_out & (candidates.basket_sizes > 0))
    trial = Ranker(_fit(candidates.take(usable & ~held_out)))
    learned, simple = list_gains(check, trial.scores(check)), list_gains(check, decayed(check))
    figures = [
        {
            "prediction": "likely_products",
            "model": name,
            "metric": f"ndcg_at_{SIZE}",
            "value": float(gains.mean()),
        }
        for name, gains in ((trial.name, learned), (Ranker(None).name, simple))
    ]
    difference = learned - simple
    if difference.mean() <= difference.std() / np.sqrt(len(difference)):
        return Ranker(None), figures
    return Ranker(_fit(candidates.take(usable))), figures


def _fit(candidates: Candidates) -> xgb.Booster:
    rows = xgb.QuantileDMatrix(
        candidates.values,
        candidates.bought,
        qid=candidates.lists,
        max_bin=boosting.PARAMETERS["max_bin"],
        nthread=2,
    )
    return boosting.fit(_PARAMETERS, rows, _ROUNDS)[0]
