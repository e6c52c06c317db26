"""Champion and challengers: how the parts are blended, chosen on held-out snapshots by paired differences.

A default stands until another blend is significantly better, and a prediction is published only if it is
significantly better than saying the same of everybody.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from include.models import churn, metrics, survival
from include.models.curve import Curves
from include.models.holdout import choose, is_better, paired_gain, simplex

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.models.frame import Frame
    from include.models.survival import Hazards

    Floats = NDArray[np.float64]

_CURVE_WEIGHTS = [np.append(weights, 0.0) for weights in simplex(3, 4)]
_CHURN_WEIGHTS = simplex(len(churn.PARTS), 4)
_COVERAGE = 0.8
_MANY_CUSTOMERS = 1_000
_LEVELS = np.arange(0.02, 0.25, 0.005)
_BASE_RATE = tuple(float(part == "base_rate") for part in churn.PARTS)
_POOLED = tuple(float(part == "pooled") for part in survival.PARTS)


@dataclasses.dataclass(frozen=True)
class Choice:
    """How the parts are used."""

    curve_weights: tuple[float, ...]
    """Weights of `survival.PARTS`."""
    churn_weights: tuple[float, ...]
    """Weights of `churn.PARTS`."""
    interval_level: float
    """Probability left out at each end of the 80 % interval."""
    churn_reason: str | None = None
    """Why the churn risk of a customer is not published: nothing beat the base rate."""
    next_purchase_reason: str | None = None
    """The same of the next purchase date."""


def churned(frame: Frame, days: int) -> Floats:
    """1 where no purchase came in `days` days."""
    return (frame.days_to_next >= days).astype(np.float64)


def choose_parts(hazards: Hazards, model: churn.Churn, check: Frame, days: int, *, boosted: bool) -> Choice:
    """The champion of each prediction on held-out snapshots.

    Args:
        hazards: curves, fitted on earlier snapshots or on other customers.
        model: churn, likewise.
        check: held-out snapshots with `days` days observed.
        days: days that were learned.
        boosted: whether there are boosters: the default blend has a place for them.
    """
    curve_weights, date_reason = _choose_curves(hazards, check, days, boosted=boosted)
    curves = hazards.blended(check, curve_weights)
    parts = _churn_parts(hazards, model, curves, check)
    churn_weights, churn_reason = _choose_churn(parts, check, days, boosted=boosted)
    bent = curves.through(churn.blend(parts, np.array(churn_weights)))
    level = _interval_level(bent, check, days)
    return Choice(curve_weights, churn_weights, level, churn_reason, date_reason)


def _churn_parts(hazards: Hazards, model: churn.Churn, curves: Curves, check: Frame) -> Floats:
    return model.parts(check, curves.survival[:, -1], hazards.counted(check).survival[:, -1])


def _choose_curves(hazards: Hazards, check: Frame, days: int, *, boosted: bool) -> tuple[tuple[float, ...], str | None]:
    parts = np.stack([curves.survival for curves in hazards.parts(check)], axis=-1)

    def losses(weights: Floats) -> Floats:
        median = Curves(hazards.edges, parts @ weights).quantile(0.5)
        return metrics.restricted_errors(check.days_to_next, median, days)

    default = [0.75, 0.25, 0.0, 0.0] if boosted else [0.0, 1.0, 0.0, 0.0]
    # Without a booster its part repeats the regression's: nothing is to be chosen of it.
    allowed = [weights for weights in _CURVE_WEIGHTS if boosted or not weights[0]]
    best = allowed[choose(allowed, _position(allowed, default), losses, check.customers)]
    if is_better(losses(np.array(_POOLED)) - losses(best), check.customers):
        return tuple(best.tolist()), None
    return _POOLED, "At past dates no model told the next purchase better than the shop's average does."


def _choose_churn(parts: Floats, check: Frame, days: int, *, boosted: bool) -> tuple[tuple[float, ...], str | None]:
    labels = churned(check, days)

    def losses(weights: Floats) -> Floats:
        return metrics.log_losses(labels, churn.blend(parts, weights))

    default = _churn_default(len(set(check.customers)), boosted=boosted)
    allowed = [weights for weights in _CHURN_WEIGHTS if boosted or not weights[0]]
    best = allowed[choose(allowed, _position(allowed, default), losses, check.customers)]
    if is_better(losses(np.array(_BASE_RATE)) - losses(best), check.customers):
        return tuple(best.tolist()), None
    return _BASE_RATE, "At past dates no model told better than the shop's average who comes back."


def _churn_default(customers: int, *, boosted: bool) -> list[float]:
    """Where customers are few, trees learn little that the regression does not know."""
    if not boosted:
        return [0.0, 0.25, 0.75, 0.0, 0.0]
    return [0.25, 0.25, 0.5, 0.0, 0.0] if customers < _MANY_CUSTOMERS else [0.5, 0.5, 0.0, 0.0, 0.0]


def _position(candidates: list[Floats], weights: list[float]) -> int:
    return next(place for place, candidate in enumerate(candidates) if candidate.tolist() == weights)


def _interval_level(curves: Curves, check: Frame, days: int) -> float:
    """Level at which the interval held four fifths of the held-out outcomes."""
    gaps = []
    for level in _LEVELS:
        low, high = np.round(curves.quantile(level)), np.round(curves.quantile(1 - level))
        gaps.append(abs(metrics.covered(check.days_to_next, low, high, days).mean() - _COVERAGE))
    return float(_LEVELS[int(np.argmin(gaps))])


def figures(
    hazards: Hazards, model: churn.Churn, choice: Choice, check: Frame, days: int
) -> list[dict[str, str | float]]:
    """Each part, the blend that serves and the baselines on the held-out snapshots, with paired gains."""
    curves = hazards.blended(check, choice.curve_weights)
    parts = _churn_parts(hazards, model, curves, check)
    served = curves.through(churn.blend(parts, np.array(choice.churn_weights)))
    return [
        *_churn_figures(
            {**dict(zip(churn.PARTS, parts.T, strict=True)), "served": served.survival[:, -1]}, check, days
        ),
        *_date_figures(hazards, served, check, days),
        _row("next_purchase", "served", "interval_coverage", _coverage(served, choice, check, days)),
    ]


def _coverage(served: Curves, choice: Choice, check: Frame, days: int) -> float:
    low, high = (np.round(served.quantile(level)) for level in (choice.interval_level, 1 - choice.interval_level))
    return float(metrics.covered(check.days_to_next, low, high, days).mean())


def _churn_figures(models: dict[str, Floats], check: Frame, days: int) -> list[dict[str, str | float]]:
    labels, rows = churned(check, days), []
    for name, chances in models.items():
        rows += [_row("churn", name, metric, value) for metric, value in metrics.churn_metrics(labels, chances).items()]
    losses = {name: metrics.log_losses(labels, chances) for name, chances in models.items()}
    return [*rows, *_gains("churn", losses, check)]


def _date_figures(hazards: Hazards, served: Curves, check: Frame, days: int) -> list[dict[str, str | float]]:
    models = dict(zip(survival.PARTS, hazards.parts(check), strict=True))
    quantiles = {name: curves.quantile(0.5) for name, curves in {**models, "served": served}.items()}
    quantiles["constant"] = np.full(len(check), np.median(np.minimum(check.days_to_next, days)))
    errors = {name: metrics.restricted_errors(check.days_to_next, at, days) for name, at in quantiles.items()}
    rows = [_row("next_purchase", name, "restricted_mae_days", error.mean()) for name, error in errors.items()]
    return [*rows, *_gains("next_purchase", errors, check)]


def _gains(prediction: str, losses: dict[str, Floats], check: Frame) -> list[dict[str, str | float]]:
    """How much less the served blend loses than each other, and the standard error of that."""
    rows = []
    for name, loss in losses.items():
        if name != "served":
            gain, error = paired_gain(loss - losses["served"], check.customers)
            rows += [_row(prediction, name, "gain_of_served", gain), _row(prediction, name, "gain_error", error)]
    return rows


def _row(prediction: str, model: str, metric: str, value: float) -> dict[str, str | float]:
    return {"prediction": prediction, "model": model, "metric": metric, "value": float(value)}
