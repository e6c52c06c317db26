"""What drives a customer's churn risk: SHAP values of the churn model, gathered into facts a shopkeeper reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xgboost as xgb

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from include.models.frame import Frame

COUNT = 3
_CHUNK_ROWS = 50_000

_TOPICS: dict[str, tuple[str, ...]] = {
    "email": ("email_",),
    "content": ("content_",),
    "social": ("social_",),
    "recency": ("recency_",),
    "rhythm": ("gap_mean", "gap_median", "gap_std", "gap_last", "gap_second", "gap_third"),
    "absence": ("idle_", "gap_max"),
    "trend": ("purchases_trend_",),
    "frequency": ("purchase", "frequency_"),
    "spend": ("spend_", "quantity_", "lines_", "basket_"),
    "variety": ("distinct_", "new_products_"),
    "habit": ("share_", "hour_"),
    "tenure": ("tenure_",),
    "returns": ("return", "days_since_return"),
}
"""Topic -> beginnings of the features that belong to it; the first topic that fits has the feature."""


def churn_drivers(booster: xgb.Booster, frame: Frame) -> list[list[str]]:
    """The `COUNT` topics with the greatest effect on each customer's risk, greatest first, as plain facts."""
    topics = list(_TOPICS)
    effects = _effects(booster, frame, topics)
    best = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, :COUNT]
    facts = _Facts(frame)
    return [
        [f"{facts.of(topics[topic], row)} ({_direction(effects[row, topic])})" for topic in chosen]
        for row, chosen in enumerate(best.tolist())
    ]


def _effects(booster: xgb.Booster, frame: Frame, topics: list[str]) -> NDArray[np.float64]:
    """Sum of the SHAP values of each topic, in log odds, shape (rows, topics)."""
    belongs = np.zeros((len(frame.columns), len(topics)))
    for feature, name in enumerate(frame.columns):
        belongs[feature, topics.index(topic_of(name))] = 1.0
    effects = np.empty((len(frame), len(topics)))
    for start in range(0, len(frame), _CHUNK_ROWS):
        rows = xgb.DMatrix(frame.values[start : start + _CHUNK_ROWS], nthread=2)
        effects[start : start + _CHUNK_ROWS] = booster.predict(rows, pred_contribs=True)[:, :-1] @ belongs
    return np.round(effects, 6)


def topic_of(feature: str) -> str:
    """The topic that a feature belongs to.

    Raises:
        ValueError: no topic has it.
    """
    for topic, beginnings in _TOPICS.items():
        if feature.startswith(beginnings):
            return topic
    raise ValueError(f"The feature {feature} belongs to no topic: add it to {__name__}.")


def _direction(effect: float) -> str:
    return "raises the risk" if effect > 0 else "lowers the risk"


class _Facts:
    """Sentences about the customers of a frame."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def of(self, topic: str, row: int) -> str:
        """What the features of a topic say of a customer."""
        return _SENTENCES[topic](lambda name: self._value(name, row))

    def _value(self, name: str, row: int) -> float:
        columns = self._frame.columns
        return float(self._frame.values[row, columns.index(name)]) if name in columns else float("nan")


def _count(value: float, one: str, many: str) -> str:
    return f"{value:,.0f} {one if round(value) == 1 else many}"


def _recency(value: Callable[[str], float]) -> str:
    days = value("recency_days")
    return "No purchase yet" if np.isnan(days) else f"Last purchase {_count(days, 'day', 'days')} ago"


def _rhythm(value: Callable[[str], float]) -> str:
    days = value("gap_median")
    return (
        "Too few purchases for a rhythm" if np.isnan(days) else f"Usually {_count(days, 'day', 'days')} between visits"
    )


def _trend(value: Callable[[str], float]) -> str:
    change = np.nan_to_num(value("purchases_trend_90"))
    return "Buys as often as before" if change == 0 else f"Buys {'more' if change > 0 else 'less'} often than before"


def _absence(value: Callable[[str], float]) -> str:
    return f"Away for more than 30 days in {100 * np.nan_to_num(value('idle_share_30')):.0f} % of the time"


def _email(value: Callable[[str], float]) -> str:
    letters = value("email_received_90")
    if np.isnan(letters):
        return "No e-mail address known"
    return f"Wrote {_count(letters, 'e-mail', 'e-mails')} in the last 90 days"


def _content(value: Callable[[str], float]) -> str:
    visits = value("content_visits_90")
    if np.isnan(visits):
        return "Not known on the web site"
    return f"Visited the web site {_count(visits, 'time', 'times')} in the last 90 days"


def _social(value: Callable[[str], float]) -> str:
    times = value("social_interactions_90")
    if np.isnan(times):
        return "No social handle known"
    return f"Was active {_count(times, 'time', 'times')} on social networks in the last 90 days"


_SENTENCES: dict[str, Callable[[Callable[[str], float]], str]] = {
    "email": _email,
    "content": _content,
    "social": _social,
    "recency": _recency,
    "rhythm": _rhythm,
    "absence": _absence,
    "trend": _trend,
    "frequency": lambda value: f"{_count(np.nan_to_num(value('purchases_90')), 'visit', 'visits')} in the last 90 days",
    "spend": lambda value: f"Spent {np.nan_to_num(value('spend_90')):,.2f} in the last 90 days",
    "variety": lambda value: (
        f"Bought {_count(np.nan_to_num(value('distinct_products')), 'different product', 'different products')}"
    ),
    "habit": lambda value: "Usual weekdays and hours of purchase",
    "tenure": lambda value: f"Customer for {_count(np.nan_to_num(value('tenure_days')), 'day', 'days')}",
    "returns": lambda value: (
        f"Returned {_count(np.nan_to_num(value('returned_lines_90')), 'line', 'lines')} in the last 90 days"
    ),
}
