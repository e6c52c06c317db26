"""What the model page shows, from the latest rows of `model_runs`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import charts
from .warehouse import Row

TITLES = {"churn": "Churn risk", "next_purchase": "Next purchase date", "likely_products": "Likely products"}
WATCHED = (("churn", "auc"), ("next_purchase", "restricted_mae_days"), ("likely_products", "recall_at_10"))
"""Prediction and figure whose course over the training runs is drawn."""
MOST_DRIFTED = 12


def model_values(runs: Sequence[Row]) -> dict[str, Any]:
    """Values of the template `model.html`; `runs` are newest first, at least one."""
    run = runs[0]
    return {
        "run": run,
        "predictions": [
            {"title": title, "serves": run[f"{name}_model"], "table": _table(run["metrics"] or [], name)}
            for name, title in TITLES.items()
        ],
        "grades": _grades(run["scorecard"] or []),
        "drift": _drift(run["scorecard"] or []),
        "courses": [course for watched in WATCHED if (course := _course(runs, *watched))],
    }


def _grades(scorecard: Sequence[Row]) -> dict[str, Any] | None:
    """Calibration, lift and coverage of predictions whose outcome is known; None as long as there are none."""
    tenths = [row for row in scorecard if row["metric"] == "calibration"]
    if not tenths:
        return None
    single = {row["metric"]: row["observed"] for row in scorecard if row["metric"] not in ("calibration", "psi")}
    calibration = sorted((row["expected"], row["observed"]) for row in tenths)
    return {
        "as_of": tenths[0]["as_of"],
        "customers": sum(row["customers"] for row in tenths),
        "figures": single,
        "coverage": single.get("interval_coverage"),
        "calibration": charts.curve(calibration, "Predicted risk (across) and share that stayed away", diagonal=True),
        "lift": charts.curve(
            _lift(tenths), "Share of customers called (across) and of those lost among them", diagonal=True
        ),
    }


def _lift(tenths: Sequence[Row]) -> list[tuple[float, float]]:
    """Share of the customers and of those who stayed away among them, the tenth at highest risk first."""
    customers = sum(row["customers"] for row in tenths)
    lost = sum(row["customers"] * row["observed"] for row in tenths)
    points, seen, found = [(0.0, 0.0)], 0.0, 0.0
    for row in sorted(tenths, key=lambda row: -row["tenth"]):
        seen, found = seen + row["customers"], found + row["customers"] * row["observed"]
        points.append((seen / customers, found / lost if lost else 0.0))
    return points


def _drift(scorecard: Sequence[Row]) -> str:
    """Bars of the features and scores that drifted most; empty without a measurement."""
    measured = [(row["prediction"], row["observed"]) for row in scorecard if row["metric"] == "psi"]
    known = sorted(((name, value) for name, value in measured if value is not None), key=lambda item: -item[1])
    bars = [(name, value, f"{value:.3f}") for name, value in known[:MOST_DRIFTED]]
    return charts.bars(bars, "Population stability index of features and scores") if bars else ""


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
