"""Training without a database: better than the base rate, the same bytes each time, NULL where data are few."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from include.models import artifacts, metrics
from include.models.artifacts import Models
from include.models.products import Ranker
from include.models.scoring import score
from include.models.training import train
from tests.models.frames import AS_OF, COLUMNS, plan, simulated


def models(outcome):
    return Models(AS_OF, 30, outcome.trained, 0.05, outcome.reason, Ranker(None))


@pytest.fixture(scope="module")
def outcome():
    return train(simulated(150, plan()), plan())


def test_it_beats_the_base_rate_on_customers_it_has_not_seen(outcome):
    unseen = simulated(400, plan(snapshots=6), seed=99)
    unseen = unseen.take(unseen.observed_days >= 30)
    curves = outcome.trained.curves(unseen)
    churned = (unseen.days_to_next >= 30).astype(float)
    base = np.full(len(churned), churned.mean())
    assert metrics.log_losses(churned, curves.survival[:, -1]).mean() < 0.85 * metrics.log_losses(churned, base).mean()
    constant = np.full(len(churned), np.median(np.minimum(unseen.days_to_next, 30)))
    errors = [
        metrics.restricted_errors(unseen.days_to_next, days, 30).mean() for days in (curves.quantile(0.5), constant)
    ]
    assert errors[0] < errors[1]


def test_the_same_frame_gives_the_same_bytes(outcome):
    again = train(simulated(150, plan()), plan())
    assert artifacts.to_files(models(again)) == artifacts.to_files(models(outcome))


def test_models_read_from_their_files_predict_the_same(outcome):
    frame = simulated(50, plan(snapshots=1), seed=5)
    read = artifacts.from_files(artifacts.to_files(models(outcome)))
    assert score(read, "v", frame, None).equals(score(models(outcome), "v", frame, None))


def test_the_version_names_the_date_and_changes_with_the_models(outcome):
    files = artifacts.to_files(models(outcome))
    changed = artifacts.to_files(dataclasses.replace(models(outcome), shop_rate=0.06))
    assert artifacts.version(files).startswith("2025-01-01-")
    assert artifacts.version(files) != artifacts.version(changed)


@pytest.mark.parametrize(
    ("customers", "words"),
    [(19, "Only 19 customers"), (0, "too short")],
)
def test_too_few_customers_teach_no_model(customers, words):
    outcome = train(simulated(customers, plan()), plan())
    assert outcome.trained is None
    assert words in outcome.reason


def test_a_shop_whose_customers_all_come_back_teaches_no_model():
    frame = simulated(60, plan())
    outcome = train(dataclasses.replace(frame, days_to_next=np.zeros(len(frame))), plan())
    assert outcome.trained is None
    assert "no difference to learn" in outcome.reason


def test_without_a_model_the_shops_purchase_rate_serves_everybody():
    frame = simulated(10, plan(snapshots=1))
    scored = score(Models(AS_OF, 30, None, 0.05, "Too little.", Ranker(None)), "v", frame, None).to_pandas()
    assert scored.churn_probability.between(0, 1).all()
    assert scored.days_to_next.between(0, 300).all()
    assert (scored.days_to_next_low <= scored.days_to_next).all()
    assert (scored.days_to_next <= scored.days_to_next_high).all()
    assert set(scored.reason) == {"Too little."}


def test_a_customer_without_a_purchase_gets_the_reason(outcome):
    frame = simulated(4, plan(snapshots=1))
    values = frame.values.copy()
    values[0, COLUMNS.index("purchases")] = 0
    frame = dataclasses.replace(frame, values=values)
    scored = score(models(outcome), "v", frame, None).to_pylist()
    assert "No purchase" in scored[0]["churn_reason"]
    assert scored[0]["next_purchase_reason"] == scored[0]["churn_reason"]
    assert scored[1]["churn_reason"] is None
