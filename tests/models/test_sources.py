"""Sources beside purchases: what is not connected is out of the models, and they stand without it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from include.models.ablation import VARIANTS, with_sources
from include.models.artifacts import Models, from_files, to_files
from include.models.frame import Frame
from include.models.products import Ranker
from include.models.scoring import score
from include.models.sources import ALL, NONE, Sources, connected
from include.models.training import train
from include.settings import Settings
from tests.models.frames import AS_OF, plan, simulated

ENGAGEMENT = ("email_received_90", "content_visits_90", "social_interactions_90")


def engaged(sources: Sources) -> Frame:
    """Simulated customers, with one feature of each source; it is unknown where the source is off."""
    frame = simulated(120, plan())
    rng = np.random.default_rng(5)
    values = rng.poisson(2.0, (len(frame), len(ENGAGEMENT))).astype(np.float32)
    values[:, [not on for on in dataclasses.astuple(sources)]] = np.nan
    return dataclasses.replace(
        frame, columns=(*frame.columns, *ENGAGEMENT), values=np.column_stack([frame.values, values])
    )


def models_of(frame: Frame) -> Models:
    known = frame.without_unknown()
    outcome = train(known, plan())
    return Models(AS_OF, 30, outcome.trained, 0.05, outcome.reason, Ranker(None), columns=known.columns)


def scored(frame: Frame):
    models = from_files(to_files(models_of(frame)))
    now = frame.take(frame.dates == frame.dates.max()).only(models.columns)
    return score(models, "v", now, None).to_pandas()


def test_with_purchases_only_the_predictions_are_those_of_a_shop_without_the_sources():
    alone = simulated(120, plan())
    models = models_of(engaged(NONE))
    assert models.columns == alone.columns
    assert to_files(models) == to_files(models_of(alone))


@pytest.mark.parametrize("off", ["email", "content", "social"])
def test_predictions_stand_when_a_source_is_off(off: str):
    rows = scored(engaged(dataclasses.replace(ALL, **{off: False})))
    assert len(rows) == 120
    assert rows.churn_probability.between(0, 1).all()
    assert rows.days_to_next.notna().all()


def test_a_feature_that_somebody_has_stays():
    frame = engaged(NONE)
    frame.values[7, -1] = 1.0
    assert frame.without_unknown().columns[-1:] == ENGAGEMENT[-1:]
    assert set(ENGAGEMENT[:2]).isdisjoint(frame.without_unknown().columns)


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
