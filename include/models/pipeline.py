"""The steps from sales to predictions on a dataset; the DAG calls them one by one, `predict` all at once."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from include.models import frame as frames
from include.models import products, spend, thin
from include.models.artifacts import Models
from include.models.plan import BUCKETS, Extent, Plan, plan_training
from include.models.scoring import score
from include.models.sources import NONE, Sources
from include.models.spend import fit_baskets
from include.models.training import Outcome, train

if TYPE_CHECKING:
    import pyarrow as pa

    from include.models.queries import Dataset

_SHARD_CUSTOMERS = 20_000

EVERYBODY = (0, BUCKETS - 1)
"""First and last bucket of all customers."""


def extent(dataset: Dataset, as_of: dt.date) -> Extent:
    """How much history the sales have strictly before as_of."""
    row = next(iter(dataset.execute("customer_features/extent.sql", as_of=as_of)))
    return Extent(row["first_day"], row["customers"], row["sale_lines"], row["sales_watermark"])


def build_features(
    dataset: Dataset, features: str, dates: list[dt.date], buckets: int, sources: Sources = NONE
) -> None:
    """Replace the rows of `dates` in the table `features` (`project.dataset.table`, schema of customer_features).

    Args:
        dataset: where the sales are.
        features: table to fill.
        dates: snapshot days; each knows what happened strictly before it.
        buckets: customers below this bucket only.
        sources: what is connected beside purchases; the features of the others stay NULL, and without any
            no table but sales and products is read.
    """
    tables = {"features": features}
    dataset.execute("customer_features/delete.sql", tables, snapshot_dates=dates)
    dataset.execute(
        "customer_features/fill.sql",
        tables,
        snapshot_dates=dates,
        last_snapshot_date=max(dates),
        buckets=buckets,
    )
    if sources:
        dataset.execute(
            "customer_features/engagement.sql",
            tables,
            snapshot_dates=dates,
            first_snapshot_date=min(dates),
            last_snapshot_date=max(dates),
            email_connected=sources.email,
            content_connected=sources.content,
            social_connected=sources.social,
        )


def build_products(dataset: Dataset, features: str, plan: Plan, dates: list[dt.date], buckets: tuple[int, int]) -> None:
    """Fill the working tables of product candidates for `dates`, from the customers that `features` holds.

    Args:
        dataset: where the sales are.
        features: table with the features at the dates.
        plan: how many customers are counted for popularity and pairs.
        dates: snapshot days.
        buckets: first and last bucket of the customers whose histories are wanted.
    """
    clear_products(dataset, dates)
    until = max(dates)
    dataset.execute(
        "product_popularity/fill.sql", snapshot_dates=dates, last_snapshot_date=until, buckets=plan.popularity_buckets
    )
    dataset.execute("product_pairs/fill.sql", snapshot_dates=dates, last_snapshot_date=until, buckets=plan.pair_buckets)
    dataset.execute(
        "customer_products/fill.sql",
        {"features": features},
        snapshot_dates=dates,
        last_snapshot_date=until,
        first_bucket=buckets[0],
        last_bucket=buckets[1],
    )


def clear_products(dataset: Dataset, dates: list[dt.date]) -> None:
    """Empty the working tables of product candidates for `dates`."""
    dataset.execute("product_popularity/delete.sql", snapshot_dates=dates)
    dataset.execute("product_pairs/delete.sql", snapshot_dates=dates)
    dataset.execute("customer_products/delete.sql", snapshot_dates=dates)


def train_models(dataset: Dataset, snapshots: str, features: str, plan: Plan) -> tuple[Models, Outcome]:
    """Train everything that the history teaches.

    Args:
        dataset: where the sales are.
        snapshots: table with the features of the plan's snapshots.
        features: table with the features at as_of; may be the same.
        plan: what to learn from.
    """
    frame = training_frame(dataset, snapshots, plan)
    outcome = train(frame, plan)
    ranker, figures = _train_ranker(dataset, snapshots, plan)
    reason = outcome.reason
    if reason is None and plan.learned_days < plan.horizon_days:
        reason = (
            f"The history teaches {plan.learned_days} days ahead; the rest of the {plan.horizon_days} days "
            "is extrapolated."
        )
    now = read_features(dataset, features, plan.as_of, EVERYBODY) if outcome.trained is None else None
    rate = thin.mean_rate(now) if now is not None and len(now) else 0.0
    baskets = fit_baskets(frame) if outcome.trained and plan.history_days >= spend.MIN_HISTORY_DAYS else None
    models = Models(plan.as_of, plan.horizon_days, outcome.trained, rate, reason, ranker, baskets, frame.columns)
    outcome.figures.extend(figures)
    return models, outcome


def training_frame(dataset: Dataset, features: str, plan: Plan) -> frames.Frame:
    """Snapshots of `features` from the plan's first one on, with the outcomes seen before its as_of."""
    first = min(plan.snapshot_dates, default=plan.as_of)
    table = dataset.read(
        "customer_outcomes/select.sql",
        {"features": features},
        sort_by=("snapshot_date", "customer_id"),
        keys=frames.KEYS + frames.OUTCOMES,
        first_snapshot_date=first,
        observed_until=plan.as_of,
    )
    return frames.from_arrow(table)


def _train_ranker(dataset: Dataset, features: str, plan: Plan) -> tuple[products.Ranker, list[dict[str, str | float]]]:
    dates, buckets = list(plan.ranked_dates), plan.ranked
    if not dates:
        return products.Ranker(None), []
    candidates = read_candidates(dataset, features, dates, buckets)
    baskets = dataset.read(
        "customer_outcomes/next_basket.sql",
        {"features": features},
        snapshot_dates=dates,
        first_snapshot_date=min(dates),
        observed_until=plan.as_of,
        horizon_days=plan.learned_days,
        first_bucket=buckets[0],
        last_bucket=buckets[1],
    )
    return products.train_ranker(products.from_arrow(candidates, baskets))


def read_candidates(dataset: Dataset, features: str, dates: list[dt.date], buckets: tuple[int, int]) -> pa.Table:
    """Product candidates of the customer snapshots that `features` holds for `dates`, buckets from and to.

    `build_products` has filled the working tables for these dates.
    """
    return dataset.read(
        "customer_products/candidates.sql",
        {"features": features},
        keys=products.KEYS,
        snapshot_dates=dates,
        first_bucket=buckets[0],
        last_bucket=buckets[1],
        personal_candidates=products.PERSONAL_CANDIDATES,
        popular_candidates=products.POPULAR_CANDIDATES,
        together_candidates=products.TOGETHER_CANDIDATES,
    )


def read_features(dataset: Dataset, features: str, as_of: dt.date, buckets: tuple[int, int]) -> frames.Frame:
    """Features of the customers in a range of buckets at as_of, sorted by customer."""
    table = dataset.read(
        "customer_features/select.sql",
        {"features": features},
        sort_by=("customer_id",),
        keys=frames.KEYS,
        as_of=as_of,
        first_bucket=buckets[0],
        last_bucket=buckets[1],
    )
    return frames.from_arrow(table)


def shards(customers: int) -> list[tuple[int, int]]:
    """Ranges of buckets, from and to, of about twenty thousand customers each."""
    count = max(1, -(-customers // _SHARD_CUSTOMERS))
    cuts = np.linspace(0, BUCKETS, count + 1).round().astype(int).tolist()
    return [(start, end - 1) for start, end in itertools.pairwise(cuts)]


def score_shard(
    dataset: Dataset, features: str, models: Models, model_version: str, buckets: tuple[int, int]
) -> pa.Table:
    """Predictions of the customers in a range of buckets; rows of `customer_predictions`."""
    frame = read_features(dataset, features, models.as_of, buckets)
    frame = frame if models.trained is None else frame.only(models.columns)
    table = read_candidates(dataset, features, [models.as_of], buckets)
    candidates = products.from_arrow(table, None) if table.num_rows else None
    return score(models, model_version, frame, candidates)


def score_all(
    dataset: Dataset, features: str, models: Models, model_version: str, customers: int
) -> Iterator[pa.Table]:
    """Predictions of every customer, shard by shard."""
    for buckets in shards(customers):
        yield score_shard(dataset, features, models, model_version, buckets)


def plan(dataset: Dataset, as_of: dt.date, horizon_days: int) -> tuple[Extent, Plan]:
    """Extent of the history and the plan that follows from it."""
    history = extent(dataset, as_of)
    return history, plan_training(history, as_of, horizon_days)
