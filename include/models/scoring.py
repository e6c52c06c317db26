"""Predictions of customers at one date, as the rows of `customer_predictions`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from include.models import drivers, spend, thin
from include.models.products import Candidates, Ranker, best_first, reasons

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.models.artifacts import Models
    from include.models.frame import Frame

_CAP_HORIZONS = 10
_CAP_DAYS = 3650
_NO_PURCHASE = "No purchase of this customer is known, only returns."
_LIKELY = pa.struct([("product_id", pa.string()), ("score", pa.float64()), ("reason", pa.string())])

SCHEMA = pa.schema(
    [
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("as_of", pa.date32(), nullable=False),
        pa.field("model_version", pa.string(), nullable=False),
        pa.field("horizon_days", pa.int64(), nullable=False),
        ("churn_probability", pa.float64()),
        ("days_to_next", pa.float64()),
        ("days_to_next_low", pa.float64()),
        ("days_to_next_high", pa.float64()),
        ("next_purchase_date", pa.date32()),
        ("next_purchase_date_earliest", pa.date32()),
        ("next_purchase_date_latest", pa.date32()),
        ("likely_products", pa.list_(_LIKELY)),
        pa.field("method", pa.string(), nullable=False),
        ("reason", pa.string()),
        ("churn_reason", pa.string()),
        ("next_purchase_reason", pa.string()),
        ("churn_driver_1", pa.string()),
        ("churn_driver_2", pa.string()),
        ("churn_driver_3", pa.string()),
        ("expected_spend_365", pa.float64()),
        ("expected_spend_365_low", pa.float64()),
        ("expected_spend_365_high", pa.float64()),
    ]
)


def score(models: Models, model_version: str, frame: Frame, candidates: Candidates | None) -> pa.Table:
    """Predict for every row of the frame; a table of `SCHEMA`.

    Args:
        models: what `artifacts.from_files` gives.
        model_version: key of the row in model_runs.
        frame: features at `models.as_of`, sorted by customer.
        candidates: product candidates of the same customers; None: no product is known.
    """
    chance, median, low, high = _times(models, frame)
    count = len(frame)
    columns = [
        frame.customers,
        [models.as_of] * count,
        [model_version] * count,
        [models.horizon_days] * count,
        np.round(np.clip(chance, 0.0, 1.0), 6),
        np.round(median, 3),
        low,
        high,
        *(_dates(models.as_of, days) for days in (median, low, high)),
        _likely_products(models.ranker, frame, candidates),
        [models.method] * count,
        [models.reason] * count,
        *_reasons(models, frame),
        *_drivers(models, frame),
        *_spend(models, frame),
    ]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _reasons(models: Models, frame: Frame) -> list[list[str | None]]:
    """Why churn and date are not published: no purchase, nothing beat the average, or nothing could be learned."""
    bought = np.nan_to_num(frame.column("purchases")) > 0
    choice = None if models.trained is None else models.trained.choice
    reasons = (models.reason,) * 2 if choice is None else (choice.churn_reason, choice.next_purchase_reason)
    return [[reason if known else _NO_PURCHASE for known in bought.tolist()] for reason in reasons]


def _drivers(models: Models, frame: Frame) -> list[list[str | None]]:
    trained = models.trained
    booster = trained.churn.booster if trained is not None and trained.choice.churn_weights[0] else None
    if booster is None or not len(frame):
        return [[None] * len(frame)] * drivers.COUNT
    return [list(column) for column in zip(*drivers.churn_drivers(booster, frame), strict=True)]


def _spend(models: Models, frame: Frame) -> list[NDArray[np.float64] | list[None]]:
    if models.trained is None or models.baskets is None:
        return [[None] * len(frame)] * 3
    return list(spend.expected_spend(models.trained.hazards.bg_nbd, models.baskets, frame))


def _times(models: Models, frame: Frame) -> tuple[NDArray[np.float64], ...]:
    trained = models.trained
    curves = thin.PurchaseRate(frame, models.shop_rate) if trained is None else trained.curves(frame)
    level = 0.1 if trained is None else trained.choice.interval_level
    # Further than this the extrapolation says nothing but "not soon".
    cap = min(_CAP_HORIZONS * models.horizon_days, _CAP_DAYS)
    median, low, high = (np.minimum(curves.quantile(at), cap) for at in (0.5, level, 1 - level))
    return (
        curves.at(models.horizon_days),
        median,
        np.minimum(np.round(low), median),
        np.maximum(np.round(high), median),
    )


def _dates(as_of: dt.date, days: NDArray[np.float64]) -> NDArray[np.datetime64]:
    return np.datetime64(as_of) + np.round(days).astype(np.int64)


def _likely_products(ranker: Ranker, frame: Frame, candidates: Candidates | None) -> list[list[dict[str, str | float]]]:
    ranked: dict[str, list[dict[str, str | float]]] = {}
    if candidates is not None and len(candidates.customers):
        scores = ranker.scores(candidates)
        rows, _ = best_first(candidates, scores)
        because = reasons(candidates).tolist()
        for row, score_ in zip(rows.tolist(), _relative(candidates, scores)[rows].tolist(), strict=True):
            item = {"product_id": candidates.products[row], "score": score_, "reason": because[row]}
            ranked.setdefault(candidates.customers[row], []).append(item)
    return [ranked.get(customer, []) for customer in frame.customers]


def _relative(candidates: Candidates, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores on a scale on which each customer's best candidate has 1: exp(score - best)."""
    best = np.full(len(candidates.basket_sizes), -np.inf)
    np.maximum.at(best, candidates.lists, scores)
    return np.round(np.exp(scores - best[candidates.lists]), 6)
