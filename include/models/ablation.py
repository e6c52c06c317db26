"""What each source beside purchases adds to the predictions: the same models at past cutoffs, with and without it.

A gain is the mean difference of a customer's loss to that of the models on purchases alone, with its standard error
over customers; it is called significant where it exceeds 1.645 of them, so one in twenty is when nothing is gained.
Products are ranked from purchases alone and stand outside of this.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from include.models import frame as frames
from include.models import metrics, pipeline
from include.models.holdout import is_better, paired_gain
from include.models.selection import churned
from include.models.sources import ALL, FEATURES, NONE, Sources
from include.models.training import train

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from include.models.plan import Plan
    from include.models.queries import Dataset

VARIANTS = {
    "purchases": NONE,
    "purchases + email": Sources(email=True),
    "purchases + content": Sources(content=True),
    "purchases + social": Sources(social=True),
    "all sources": ALL,
}
"""What the models are given; the first one is what the others are compared with."""

BASE = "purchases"


@dataclasses.dataclass(frozen=True)
class Losses:
    """Of each customer at a cutoff."""

    churn: NDArray[np.float64]
    """Logarithmic loss."""
    date: NDArray[np.float64]
    """Days between the predicted and the true next purchase, both cut at the horizon."""
    figures: dict[str, float]


def ablate(
    dataset: Dataset, cutoffs: list[dt.date], horizon_days: int, until: dt.date, progress: Callable[[str], None]
) -> dict[str, Any]:
    """Grade every variant at each cutoff.

    Args:
        dataset: sales, products, customers and events, later ones too: no feature knows them.
        cutoffs: dates to predict at.
        horizon_days: days that churn looks ahead.
        until: first day whose sales are not there.
        progress: takes one sentence a step.

    Returns:
        `cutoffs`: cutoff -> variant -> figures and gains; `mean`: the figures' means over the cutoffs.

    Raises:
        ValueError: the sales end before the horizon of a cutoff, or teach no model before it.
    """
    late = [cutoff for cutoff in cutoffs if cutoff + dt.timedelta(days=horizon_days) > until]
    if late:
        raise ValueError(f"The sales end before {until}: {horizon_days} days after {late[0]} are not seen.")
    graded: dict[str, dict[str, dict[str, Any]]] = {}
    for cutoff in cutoffs:
        learned, now, plan = _frames(dataset, cutoff, horizon_days, until)
        progress(f"Cutoff {cutoff}: {len(learned):,} snapshots of the past, {len(now):,} customers.")
        losses = {}
        for name, sources in VARIANTS.items():
            losses[name] = _grade(learned, now, plan, sources)
            progress(f"  {name}: churn AUC {losses[name].figures['churn_auc']:.4f}")
        graded[cutoff.isoformat()] = {
            name: {**loss.figures, **gains(losses[BASE], loss, now.customers)} for name, loss in losses.items()
        }
    return {"horizon_days": horizon_days, "cutoffs": graded, "mean": _mean(list(graded.values()))}


def _frames(
    dataset: Dataset, cutoff: dt.date, horizon_days: int, until: dt.date
) -> tuple[frames.Frame, frames.Frame, Plan]:
    """Snapshots to learn from, the customers at the cutoff with what they did afterwards, and the plan."""
    features = f"{dataset.name}.customer_features"
    _, plan = pipeline.plan(dataset, cutoff, horizon_days)
    dates = [*plan.snapshot_dates, cutoff]
    pipeline.build_features(dataset, features, dates, pipeline.BUCKETS, ALL)
    learned = pipeline.training_frame(dataset, features, plan)
    learned = learned.take(np.isin(learned.dates, np.array(plan.snapshot_dates, "datetime64[D]")))
    table = dataset.read(
        "customer_outcomes/select.sql",
        {"features": features},
        sort_by=("snapshot_date", "customer_id"),
        first_snapshot_date=cutoff,
        observed_until=until,
    )
    whole = frames.from_arrow(table)
    return learned, whole.take(whole.dates == np.datetime64(cutoff)), plan


def _grade(learned: frames.Frame, now: frames.Frame, plan: Plan, sources: Sources) -> Losses:
    learned = learned.only(with_sources(learned.columns, sources))
    outcome = train(learned, plan)
    if outcome.trained is None:
        raise ValueError(f"Nothing can be learned before {plan.as_of}: {outcome.reason}")
    curves = outcome.trained.curves(now.only(learned.columns))
    labels, chances, days = churned(now, plan.horizon_days), curves.at(plan.horizon_days), curves.quantile(0.5)
    figures = {f"churn_{name}": value for name, value in metrics.churn_metrics(labels, chances).items()}
    figures |= metrics.date_metrics(now.days_to_next, days, plan.horizon_days)
    return Losses(
        metrics.log_losses(labels, chances),
        metrics.restricted_errors(now.days_to_next, days, plan.horizon_days),
        figures,
    )


def with_sources(columns: tuple[str, ...], sources: Sources) -> tuple[str, ...]:
    """The features that purchases and the given sources teach."""
    off = tuple(beginning for beginning in FEATURES if not getattr(sources, beginning.rstrip("_")))
    return tuple(name for name in columns if not name.startswith(off)) if off else columns


def gains(base: Losses, loss: Losses, customers: NDArray[np.object_]) -> dict[str, Any]:
    """What a variant loses less than the base does, with standard errors over customers."""
    told: dict[str, Any] = {}
    for name, unit in (("churn", "log_loss"), ("date", "days")):
        differences = getattr(base, name) - getattr(loss, name)
        told[f"{name}_{unit}_gain"], told[f"{name}_{unit}_gain_error"] = paired_gain(differences, customers)
        told[f"{name}_gain_is_significant"] = is_better(differences, customers)
    return told


def _mean(graded: list[dict[str, dict[str, Any]]]) -> dict[str, dict[str, float]]:
    return {
        name: {
            figure: float(np.mean([cutoff[name][figure] for cutoff in graded]))
            for figure, value in graded[0][name].items()
            if isinstance(value, float) and not figure.endswith("_error")
        }
        for name in VARIANTS
    }
