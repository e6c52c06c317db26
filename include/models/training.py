"""Fit the churn and next purchase models; `selection` chooses how they are blended."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from include.models import churn
from include.models.boosting import MAX_ROUNDS
from include.models.curve import Curves, interval_edges
from include.models.holdout import split
from include.models.selection import Choice, choose_parts, churned, figures
from include.models.survival import Hazards, fit_hazards

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.models.frame import Frame
    from include.models.plan import Plan

_MIN_CUSTOMERS = 20
_MIN_OF_EACH_CLASS = 10
_MIN_BOOSTED_CUSTOMERS = 100


@dataclasses.dataclass(frozen=True)
class Trained:
    """Models of churn and next purchase."""

    hazards: Hazards
    churn: churn.Churn
    choice: Choice

    def curves(self, frame: Frame) -> Curves:
        """Survival curves that end at the churn model's probability."""
        curves = self.hazards.blended(frame, self.choice.curve_weights)
        parts = self.churn.parts(frame, curves.survival[:, -1], self.hazards.counted(frame).survival[:, -1])
        return curves.through(churn.blend(parts, np.array(self.choice.churn_weights)))


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
    choice, rounds, rows = _backtest(frame.take(fitted), frame.take(checked), plan, boosted=boosted)
    models = _fit(frame, plan, rounds, None)[0]
    return Outcome(
        Trained(*models, choice), None, [{"holdout": how, **row} for row in rows], len(frame), len(set(frame.customers))
    )


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
    lost = int(churned(rows, plan.learned_days).sum())
    if min(lost, len(rows) - lost) < _MIN_OF_EACH_CLASS:
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
    held_out = None if check is None else (check, churned(check, plan.learned_days))
    model, churn_rounds = churn.fit_churn(
        rows, churned(rows, plan.learned_days), penalty=penalty, rounds=rounds[1], check=held_out
    )
    return (hazards, model), (hazard_rounds, churn_rounds)


def _backtest(
    frame: Frame, check: Frame, plan: Plan, *, boosted: bool
) -> tuple[Choice, _Rounds, list[dict[str, str | float]]]:
    limit = MAX_ROUNDS if boosted else None
    (hazards, model), rounds = _fit(frame, plan, (limit, limit), check)
    choice = choose_parts(hazards, model, check, plan.learned_days, boosted=boosted)
    return choice, rounds, figures(hazards, model, choice, check, plan.learned_days)
