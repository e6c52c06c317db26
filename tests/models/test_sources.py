"""Sources beside purchases: what is not connected is out of the models, and they stand without it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pytest

from include.models.ablation import VARIANTS, with_sources
from include.models.artifacts import Models, from_files, to_files
from include.models.frame import Frame, from_arrow
from include.models.products import Ranker
from include.models.scoring import score
from include.models.sources import ALL, NONE, Sources, connected
from include.models.training import train
from include.settings import Settings
from tests.models.frames import AS_OF, plan, simulated

ENGAGEMENT = ("email_received_90", "content_visits_90", "social_interactions_90")


@pytest.fixture(autouse=True)
def few_trees(monkeypatch) -> None:
    """Which columns the models have does not depend on how many trees they are."""
    monkeypatch.setattr("include.models.training.MAX_ROUNDS", 4)


def engaged(sources: Sources) -> Frame:
    """Simulated customers, with one feature of each source; it is unknown where the source is off."""
    frame = simulated(120, plan())
    rng = np.random.default_rng(5)
    columns = {name: pa.array(frame.values[:, place]) for place, name in enumerate(frame.columns)}
    for name, is_on in zip(ENGAGEMENT, dataclasses.astuple(sources), strict=True):
        values = rng.poisson(2.0, len(frame))
        columns[name] = pa.array(values) if is_on else pa.nulls(len(frame), pa.int64())
    outcomes = {
        "days_to_next": pa.array(frame.days_to_next, mask=np.isinf(frame.days_to_next)),
        "observed_days": frame.observed_days,
    }
    keys = {"snapshot_date": frame.dates, "customer_id": frame.customers, "bucket": frame.buckets}
    return from_arrow(pa.table({**keys, **columns, **outcomes}))


def models_of(frame: Frame) -> Models:
    outcome = train(frame, plan())
    return Models(AS_OF, 30, outcome.trained, 0.05, outcome.reason, Ranker(None), columns=frame.columns)


def test_with_purchases_only_the_models_are_those_of_a_shop_without_the_sources():
    alone = simulated(120, plan())
    assert engaged(NONE).columns == alone.columns
    assert to_files(models_of(engaged(NONE))) == to_files(models_of(alone))


@pytest.mark.parametrize("off", ["email", "content", "social"])
def test_predictions_stand_when_a_source_is_off_and_when_it_falls_silent_after_the_training(off: str):
    frame = engaged(dataclasses.replace(ALL, **{off: False}))
    models = from_files(to_files(models_of(frame)))
    assert len(models.columns) == len(simulated(2, plan(snapshots=1)).columns) + 2
    for now in (frame, engaged(NONE)):
        rows = score(models, "v", now.take(now.dates == now.dates.max()).only(models.columns), None).to_pandas()
        assert len(rows) == 120
        assert rows.churn_probability.between(0, 1).all()
        assert rows.days_to_next.notna().all()


def test_a_feature_of_purchases_that_is_missing_is_no_unknown_source():
    with pytest.raises(ValueError, match="not in tuple"):
        engaged(NONE).only(("weather",))


def test_an_ablation_takes_away_the_features_of_the_other_sources_and_no_others():
    columns = ("recency_days", *ENGAGEMENT)
    assert {name: with_sources(columns, sources) for name, sources in VARIANTS.items()} == {
        "purchases": ("recency_days",),
        "purchases + email": ("recency_days", "email_received_90"),
        "purchases + content": ("recency_days", "content_visits_90"),
        "purchases + social": ("recency_days", "social_interactions_90"),
        "all sources": columns,
    }


@pytest.mark.parametrize(
    ("variable", "value", "sources"),
    [
        ("NOTHING", "", NONE),
        ("AIRFLOW_CONN_GMAIL_DEFAULT", '{"conn_type": "google_cloud_platform"}', Sources(email=True)),
        ("GA4_DATASET", "analytics_1", Sources(content=True)),
        ("AIRFLOW_CONN_META_WEBHOOKS_DEFAULT", '{"conn_type": "generic"}', Sources(social=True)),
    ],
)
def test_a_source_is_connected_where_the_deployment_names_it(monkeypatch, variable: str, value: str, sources: Sources):
    monkeypatch.setenv(variable, value)
    assert connected(Settings.from_environment()) == sources
