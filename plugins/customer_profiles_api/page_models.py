"""What the model page shows, from the latest rows of `model_runs`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import charts
from .warehouse import Row

TITLES = {"churn": "Churn risk", "next_purchase": "Next purchase date", "likely_products": "Likely products"}
WATCHED = (("churn", "auc"), ("next_purchase", "restricted_mae_days"), ("likely_products", "recall_at_10"))
"""Prediction and figure whose course over the training runs is drawn."""


def model_values(runs: Sequence[Row], groups: Sequence[Row]) -> dict[str, Any]:
    """Values of the template `model.html`.

    Args:
        runs: training runs, newest first, at least one.
        groups: what became of earlier predictions, ten groups of customers, highest risk first; may be empty.
    """
    run = runs[0]
    return {
        "run": run,
        "predictions": [
            {"title": title, "serves": run[f"{name}_model"], "table": _table(run["metrics"] or [], name)}
            for name, title in TITLES.items()
        ],
        "grades": _grades(groups) if groups else None,
        "courses": [course for watched in WATCHED if (course := _course(runs, *watched))],
    }


def _grades(groups: Sequence[Row]) -> dict[str, Any]:
    """Calibration, lift and coverage of predictions whose outcome is known."""
    customers = sum(group["customers"] for group in groups)
    churned = sum(group["churned"] for group in groups)
    calibration = sorted((group["predicted_churn"], group["churned"] / group["customers"]) for group in groups)
    lift, seen, found = [(0.0, 0.0)], 0, 0
    for group in groups:
        seen, found = seen + group["customers"], found + group["churned"]
        lift.append((seen / customers, found / churned if churned else 0.0))
    first = groups[0]
    return {
        "as_of": first["as_of"],
        "horizon_days": first["horizon_days"],
        "customers": customers,
        "churned": churned,
        "coverage": sum(group["covered"] for group in groups) / customers,
        "top_lift": (first["churned"] / first["customers"]) / (churned / customers) if churned else None,
        "calibration": charts.curve(calibration, "Predicted risk (across) and share that stayed away", diagonal=True),
        "lift": charts.curve(lift, "Share of customers called (across) and of those lost among them", diagonal=True),
    }


def _table(metrics: Sequence[Row], prediction: str) -> dict[str, Any]:
    """Figures of one prediction: a row a model, a column a figure."""
    mine = [figure for figure in metrics if figure["prediction"] == prediction]
    names = list(dict.fromkeys(figure["metric"] for figure in mine))
    models = list(dict.fromkeys(figure["model"] for figure in mine))
    values = {(figure["model"], figure["metric"]): figure["value"] for figure in mine}
    return {"names": names, "rows": [(model, [values.get((model, name)) for name in names]) for model in models]}


def _course(runs: Sequence[Row], prediction: str, metric: str) -> dict[str, Any] | None:
    """A figure of the best model over the training runs, oldest first: drift shows here."""
    points = []
    for place, run in enumerate(reversed(runs)):
        values = [
            figure["value"]
            for figure in run["metrics"] or []
            if figure["prediction"] == prediction and figure["metric"] == metric and figure["value"] is not None
        ]
        if values:
            points.append((float(place), min(values) if metric.endswith("_days") else max(values)))
    if not points:
        return None
    title = f"{TITLES[prediction]}: {metric} over the latest {len(points)} training runs"
    return {"title": title, "chart": charts.curve(points, title)}
