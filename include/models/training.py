"""Fit the churn and next purchase models and choose how they are blended."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from include.models import churn, metrics
from include.models.boosting import MAX_ROUNDS
from include.models.curve import Curves, interval_edges
from include.models.holdout import choose, simplex, split
from include.models.survival import Hazards, fit_hazards

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.models.frame import Frame
    from include.models.plan import Plan

_MIN_CUSTOMERS = 20
_MIN_OF_EACH_CLASS = 10
_MIN_BOOSTED_CUSTOMERS = 100
_CURVE_WEIGHTS = [np.array([share]) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
_CHURN_WEIGHTS = simplex(len(churn.PARTS), 4)
_COVERAGE = 0.8
_LEVELS = np.arange(0.02, 0.25, 0.005)


@dataclasses.dataclass(frozen=True)
class Choice:
    """How the parts are used; chosen on held-out snapshots."""

    curve_weight: float
    """Weight of the boosted curves; the rest is the regressed ones'."""
    churn_weights: tuple[float, ...]
    """Weights of `churn.PARTS`."""
    interval_level: float
    """Probability left out at each end of the 80 % interval."""


@dataclasses.dataclass(frozen=True)
class Trained:
    """Models of churn and next purchase."""

    hazards: Hazards
    churn: churn.Churn
    choice: Choice

    def curves(self, frame: Frame) -> Curves:
        """Survival curves that end at the churn model's probability."""
        curves = _blended_curves(self.hazards, frame, self.choice.curve_weight)
        chance = churn.blend(self.churn.parts(frame, curves.survival[:, -1]), np.array(self.choice.churn_weights))
        return curves.through(chance)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What training gave: models, or None and the reason, and the figures of the inner backtest."""

    trained: Trained | None
    reason: str | None
    figures: list[dict[str, str | float]]
    rows: int
    customers: int


def train(frame: Frame, plan: Plan) -> Outcome:
    """Fit on past snapshots with their outcomes; the same frame and plan give the same bytes.

    Args:
        frame: rows of `customer_outcomes/select.sql`, sorted by snapshot_date and customer_id.
        plan: what the frame was asked for.
    """
    reason = too_thin(frame, plan)
    if reason:
        return Outcome(None, reason, [], len(frame), len(set(frame.customers)))
    fitted, checked, how = split(frame, plan)
    boosted = len(set(frame.customers[complete(frame, plan)])) >= _MIN_BOOSTED_CUSTOMERS
    choice, rounds, figures = _backtest(frame.take(fitted), frame.take(checked), plan, boosted=boosted)
    models = _fit(frame, plan, rounds, None)[0]
    figures = [{"holdout": how, **figure} for figure in figures]
    return Outcome(Trained(*models, choice), None, figures, len(frame), len(set(frame.customers)))


def complete(frame: Frame, plan: Plan) -> NDArray[np.bool_]:
    """Rows whose learned days were observed whole."""
    return frame.observed_days >= plan.learned_days


def too_thin(frame: Frame, plan: Plan) -> str | None:
    """Why no model can be learned; None when one can."""
    if not plan.learned_days or not len(frame):
        return "The history is too short for a past date with purchases before and after it."
    rows = frame.take(complete(frame, plan))
    customers = len(set(rows.customers))
    if customers < _MIN_CUSTOMERS:
        return f"Only {customers} customers have a past that a model could learn from; {_MIN_CUSTOMERS} are needed."
    churned = int((rows.days_to_next >= plan.learned_days).sum())
    if min(churned, len(rows) - churned) < _MIN_OF_EACH_CLASS:
        return "In the past almost all customers came back, or almost none: there is no difference to learn."
    return None


_Rounds = tuple[int | None, int | None]


def _fit(frame: Frame, plan: Plan, rounds: _Rounds, check: Frame | None) -> tuple[tuple[Hazards, churn.Churn], _Rounds]:
    # Weekly snapshots with a horizon of a month see each purchase four times: as much stronger is the prior.
    penalty = max(1.0, plan.learned_days / plan.spacing_days)
    hazards, hazard_rounds = fit_hazards(
        frame, interval_edges(plan.learned_days), penalty=penalty, rounds=rounds[0], check=check
    )
    rows = frame.take(complete(frame, plan))
    held_out = None if check is None else (check, _churned(check, plan))
    model, churn_rounds = churn.fit_churn(rows, _churned(rows, plan), penalty=penalty, rounds=rounds[1], check=held_out)
    return (hazards, model), (hazard_rounds, churn_rounds)


def _churned(frame: Frame, plan: Plan) -> NDArray[np.float64]:
    return (frame.days_to_next >= plan.learned_days).astype(np.float64)


def _backtest(
    frame: Frame, check: Frame, plan: Plan, *, boosted: bool
) -> tuple[Choice, _Rounds, list[dict[str, str | float]]]:
    limit = MAX_ROUNDS if boosted else None
    (hazards, model), rounds = _fit(frame, plan, (limit, limit), check)
    weight = _choose_curve(hazards, check, plan, boosted=boosted)
    curves = _blended_curves(hazards, check, weight)
    parts = model.parts(check, curves.survival[:, -1])
    weights = _choose_churn(parts, check, plan, boosted=boosted)
    curves = curves.through(churn.blend(parts, weights))
    choice = Choice(weight, tuple(weights.tolist()), _interval_level(curves, check, plan))
    return choice, rounds, _figures(curves, parts, check, plan)


def _blended_curves(hazards: Hazards, frame: Frame, weight: float) -> Curves:
    regressed = hazards.regressed(frame)
    return hazards.boosted(frame).blend(regressed, weight) if weight else regressed


def _choose_curve(hazards: Hazards, check: Frame, plan: Plan, *, boosted: bool) -> float:
    if not boosted:
        return 0.0
    tree, regressed = hazards.boosted(check), hazards.regressed(check)

    def losses(weight: NDArray[np.float64]) -> NDArray[np.float64]:
        median = tree.blend(regressed, weight[0]).quantile(0.5)
        return metrics.restricted_errors(check.days_to_next, median, plan.learned_days)

    default = 3
    return float(_CURVE_WEIGHTS[choose(_CURVE_WEIGHTS, default, losses, check.customers)][0])


def _choose_churn(parts: NDArray[np.float64], check: Frame, plan: Plan, *, boosted: bool) -> NDArray[np.float64]:
    labels = _churned(check, plan)
    standard = [0.5, 0.25, 0.25, 0.0] if boosted else [0.0, 0.25, 0.75, 0.0]
    default = next(i for i, weights in enumerate(_CHURN_WEIGHTS) if weights.tolist() == standard)
    best = choose(
        _CHURN_WEIGHTS,
        default,
        lambda weights: metrics.log_losses(labels, churn.blend(parts, weights)),
        check.customers,
    )
    return _CHURN_WEIGHTS[best]


def _interval_level(curves: Curves, check: Frame, plan: Plan) -> float:
    """Level at which the interval held four fifths of the held-out outcomes."""
    gaps = []
    for level in _LEVELS:
        low, high = np.round(curves.quantile(level)), np.round(curves.quantile(1 - level))
        gaps.append(abs(metrics.covered(check.days_to_next, low, high, plan.learned_days).mean() - _COVERAGE))
    return float(_LEVELS[int(np.argmin(gaps))])


def _figures(curves: Curves, parts: NDArray[np.float64], check: Frame, plan: Plan) -> list[dict[str, str | float]]:
    labels, rows = _churned(check, plan), []
    models = {**dict(zip(churn.PARTS, parts.T, strict=True)), "served": curves.survival[:, -1]}
    for name, chances in models.items():
        for metric, value in metrics.churn_metrics(labels, chances).items():
            rows.append({"prediction": "churn", "model": name, "metric": metric, "value": value})
    dates = {
        "served": curves.quantile(0.5),
        "constant": np.full(len(check), np.median(np.minimum(check.days_to_next, plan.learned_days))),
    }
    for name, days in dates.items():
        errors = metrics.restricted_errors(check.days_to_next, days, plan.learned_days)
        rows.append(
            {
                "prediction": "next_purchase",
                "model": name,
                "metric": "restricted_mae_days",
                "value": errors.mean(),
            }
        )
    return rows
