"""Predictions at past cutoffs, graded against what happened afterwards, beside the simplest baselines."""

from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from include.models import frame as frames
from include.models import metrics, neighbours, pipeline, products
from include.models.baselines import Counted, churn_baselines, counted, date_baselines, product_baselines
from include.models.predict import Progress, load_sales, predict
from include.models.queries import Dataset
from include.models.sales_file import normalise

if TYPE_CHECKING:
    import pyarrow as pa
    from google.cloud import bigquery

Metrics = dict[str, dict[str, dict[str, float]]]
"""Prediction -> model -> metric -> value."""


def backtest(
    client: bigquery.Client, sales: Path, cutoffs: list[dt.date], horizon_days: int, progress: Progress
) -> dict[str, Any]:
    """Grade `predict` at each cutoff; the predictions see no row at or after it.

    Returns:
        `cutoffs` (metrics at each), `mean` over them, `horizon_days`, and `said`: what was too thin to predict at
        a cutoff, or not told better than by the average.

    Raises:
        ValueError: the file has not the whole horizon after a cutoff.
    """
    truth = _Truth(client, sales, cutoffs, horizon_days)
    graded: dict[str, Metrics] = {}
    said: dict[str, list[str]] = {}
    try:
        for cutoff in cutoffs:
            progress(f"Cutoff {cutoff}.")
            profiles = predict(client, sales, cutoff, horizon_days, progress).profiles
            graded[cutoff.isoformat()] = truth.grade(cutoff, profiles)
            said[cutoff.isoformat()] = _said(profiles)
            progress(f"Graded {cutoff}: {_served(graded[cutoff.isoformat()])}.")
    finally:
        truth.close()
    return {"horizon_days": horizon_days, "cutoffs": graded, "said": said, "mean": _mean(list(graded.values()))}


def _served(graded: Metrics) -> str:
    return ", ".join(
        f"{metric} {value:.4f}" for models in graded.values() for metric, value in models["served"].items()
    )


def _said(profiles: pa.Table) -> list[str]:
    """The sentences that the profiles give instead of a prediction, or to limit it."""
    columns = [profiles[name].unique().to_pylist() for name in ("reason", "churn_reason", "next_purchase_reason")]
    return list(dict.fromkeys(sentence for column in columns for sentence in column if sentence))


class _Truth:
    """All sales, later ones included, on a data set that `predict` never sees."""

    def __init__(self, client: bigquery.Client, sales: Path, cutoffs: list[dt.date], horizon_days: int) -> None:
        self._dataset = Dataset(client, f"{client.project}.backtest_truth")
        self._features = f"{self._dataset.name}.customer_features"
        self._horizon = horizon_days
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "sales.parquet"
            self._types = normalise(sales, file, dt.date.max)
            load_sales(self._dataset, file)
        self._end = _end(self._dataset, cutoffs, horizon_days)
        past = [cutoff - dt.timedelta(days=horizon_days) for cutoff in cutoffs]
        pipeline.build_features(self._dataset, self._features, sorted({*cutoffs, *past}), pipeline.BUCKETS)

    def close(self) -> None:
        """Remove the data set."""
        self._dataset.client.delete_dataset(self._dataset.name, delete_contents=True, not_found_ok=True)

    def grade(self, cutoff: dt.date, profiles: pa.Table) -> Metrics:
        """Metrics of the profiles and of the baselines."""
        past = self._frame(cutoff - dt.timedelta(days=self._horizon), cutoff)
        now = self._frame(cutoff, self._end)
        predicted = _aligned(profiles, now)
        btyd = counted(now, self._horizon)
        return {
            "churn": _grade_churn(past, now, predicted, self._horizon, btyd),
            "next_purchase": _grade_dates(past, now, predicted, self._horizon, btyd),
            "likely_products": self._grade_products(cutoff, profiles),
        }

    def _frame(self, day: dt.date, observed_until: dt.date) -> frames.Frame:
        table = self._dataset.read(
            "customer_outcomes/select.sql",
            {"features": self._features},
            sort_by=("snapshot_date", "customer_id"),
            keys=frames.KEYS + frames.OUTCOMES,
            first_snapshot_date=day,
            observed_until=observed_until,
        )
        whole = frames.from_arrow(table)
        return whole.take(whole.dates == np.datetime64(day))

    def _grade_products(self, cutoff: dt.date, profiles: pa.Table) -> dict[str, dict[str, float]]:
        baskets = self._dataset.read(
            "customer_outcomes/next_basket.sql",
            {"features": self._features},
            snapshot_dates=[cutoff],
            first_snapshot_date=cutoff,
            observed_until=self._end,
            horizon_days=self._horizon,
            first_bucket=0,
            last_bucket=pipeline.BUCKETS - 1,
        )
        bought: dict[str, set[object]] = {}
        for customer, product in zip(
            baskets["customer_id"].to_pylist(), baskets["product_id"].to_pylist(), strict=True
        ):
            bought.setdefault(customer, set()).add(product)
        served = dict(
            zip(
                _texts(profiles["customer_id"]),
                map(_as_texts, profiles["likely_products"].to_pylist()),
                strict=True,
            )
        )
        lists = {"served": served, **self._baseline_lists(cutoff)}
        customers = sorted(bought)
        baskets_ = [bought[customer] for customer in customers]
        return {
            name: metrics.ranking_metrics([ranked.get(customer, []) for customer in customers], baskets_)
            for name, ranked in lists.items()
        }

    def _baseline_lists(self, cutoff: dt.date) -> dict[str, dict[str, list[str]]]:
        _, plan = pipeline.plan(self._dataset, cutoff, self._horizon)
        pipeline.build_products(self._dataset, self._features, plan, [cutoff], pipeline.EVERYBODY)
        table = pipeline.read_candidates(self._dataset, self._features, [cutoff], pipeline.EVERYBODY)
        if not table.num_rows:
            return {}
        candidates = products.from_arrow(table, None)
        lists: dict[str, dict[str, list[str]]] = {}
        for name, scores in product_baselines(candidates).items():
            ranked = lists.setdefault(name, {})
            for row in products.best_first(candidates, scores)[0]:
                ranked.setdefault(candidates.customers[row], []).append(candidates.products[row])
        if len(candidates.basket_sizes) <= neighbours.MOST_CUSTOMERS:
            histories = self._dataset.read("customer_products/histories.sql", as_of=cutoff)
            lists["personal_and_neighbours"] = neighbours.likely_products(histories, products.SIZE)
        return lists


@dataclasses.dataclass(frozen=True)
class _Predicted:
    churn: np.ndarray
    days: np.ndarray
    low: np.ndarray
    high: np.ndarray


def _aligned(profiles: pa.Table, frame: frames.Frame) -> _Predicted:
    position = {customer: row for row, customer in enumerate(_texts(profiles["customer_id"]))}
    rows = np.array([position[customer] for customer in frame.customers])
    names = ("churn_probability", "days_to_next", "days_to_next_low", "days_to_next_high")
    return _Predicted(*(profiles[name].to_numpy()[rows] for name in names))


def _texts(column: pa.ChunkedArray) -> list[str]:
    import pyarrow as pa

    return column.cast(pa.string()).to_pylist()


def _as_texts(values: list[object]) -> list[str]:
    return [str(value) for value in values]


def _grade_churn(
    past: frames.Frame, now: frames.Frame, predicted: _Predicted, horizon: int, btyd: Counted
) -> dict[str, dict[str, float]]:
    labels = (now.days_to_next >= horizon).astype(np.float64)
    models = {"served": predicted.churn, **churn_baselines(past, now, horizon, btyd)}
    graded = {name: metrics.churn_metrics(labels, chances) for name, chances in models.items()}
    graded["served"]["churn_rate"] = float(labels.mean())
    return graded


def _grade_dates(
    past: frames.Frame, now: frames.Frame, predicted: _Predicted, horizon: int, btyd: Counted
) -> dict[str, dict[str, float]]:
    models = {"served": predicted.days, **date_baselines(past, now, horizon, btyd)}
    graded = {name: metrics.date_metrics(now.days_to_next, days, horizon) for name, days in models.items()}
    held = metrics.covered(now.days_to_next, predicted.low, predicted.high, horizon)
    graded["served"]["interval_coverage"] = float(held.mean())
    return graded


def _end(dataset: Dataset, cutoffs: list[dt.date], horizon_days: int) -> dt.date:
    watermark = pipeline.extent(dataset, dt.date(9999, 12, 31)).sales_watermark
    end = watermark.date() + dt.timedelta(days=1) if watermark else dt.date.min
    late = [cutoff for cutoff in cutoffs if cutoff + dt.timedelta(days=horizon_days) > end]
    if late:
        raise ValueError(
            f"The sales end before {end}, so {horizon_days} days after {late[0]} are not seen: give earlier cutoffs."
        )
    return end


def _mean(graded: list[Metrics]) -> Metrics:
    return {
        prediction: {
            model: {
                metric: float(np.mean([cutoff[prediction][model][metric] for cutoff in graded])) for metric in values
            }
            for model, values in models.items()
            if all(model in cutoff[prediction] for cutoff in graded)
        }
        for prediction, models in graded[0].items()
    }
