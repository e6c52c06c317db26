"""Models in Cloud Storage and their rows in model_runs."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

from include.landing.downloads import download
from include.models import artifacts, churn, survival
from include.models.artifacts import Models
from include.models.integrity import LARGEST_FILE, check_files, check_version
from include.models.plan import Plan

if TYPE_CHECKING:
    from airflow.providers.google.cloud.hooks.gcs import GCSHook

    from include.models.queries import Dataset
    from include.models.training import Outcome

_FILES = ("models.json", "churn.ubj", "next_purchase.ubj", "likely_products.ubj")


def prefix(model_version: str) -> str:
    """Folder of a model version in the landing bucket."""
    return f"models/{model_version}"


def save(storage: GCSHook, bucket: str, models: Models) -> str:
    """Write the files of the models; returns the model version. Equal models are written to equal names."""
    files = artifacts.to_files(models)
    version = artifacts.version(files)
    for name, content in files.items():
        storage.upload(bucket, f"{prefix(version)}/{name}", data=content)
    return version


def load(storage: GCSHook, bucket: str, model_version: str) -> Models:
    """Read the models of a version.

    Raises:
        ModelFileError: that is no version, or its files are not those that were trained.
        ValueError: a file is larger than any model.
        google.cloud.exceptions.NotFound: the bucket has no such version.
    """
    check_version(model_version)
    folder = prefix(model_version)
    names = [_FILES[0], *(name for name in _FILES[1:] if storage.exists(bucket, f"{folder}/{name}"))]
    files = {name: download(storage, bucket, f"{folder}/{name}", LARGEST_FILE) for name in names}
    check_files(files, model_version)
    return artifacts.from_files(files)


def record(
    dataset: Dataset,
    bucket: str,
    version: str,
    models: Models,
    plan: Plan,
    outcome: Outcome,
    now: dt.datetime,
) -> None:
    """Write the row of a training run to model_runs."""
    snapshots = plan.snapshot_dates
    dataset.execute(
        "model_runs/record.sql",
        model_version=version,
        as_of=plan.as_of,
        horizon_days=plan.horizon_days,
        trained_at=now,
        training_rows=outcome.rows,
        training_customers=outcome.customers,
        first_snapshot=snapshots[0] if snapshots else ("DATE", None),
        last_snapshot=snapshots[-1] if snapshots else ("DATE", None),
        churn_model=_churn_name(models),
        next_purchase_model=_date_name(models),
        likely_products_model=models.ranker.name,
        metrics=json.dumps(outcome.figures),
        artifact_uri=f"gs://{bucket}/{prefix(version)}",
    )


def _churn_name(models: Models) -> str:
    if models.trained is None:
        return models.method
    return _blend(churn.PARTS, models.trained.choice.churn_weights)


def _date_name(models: Models) -> str:
    if models.trained is None:
        return models.method
    return f"{_blend(survival.PARTS, models.trained.choice.curve_weights)}, ending at the churn probability"


def _blend(parts: tuple[str, ...], weights: tuple[float, ...]) -> str:
    return " + ".join(f"{weight:.2f} {part}" for part, weight in zip(parts, weights, strict=True) if weight)
