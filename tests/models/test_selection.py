"""The champion is chosen by evidence; where nothing beats the base rate, that is said."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from include.models import churn
from include.models.holdout import is_better, paired_gain
from include.models.training import train
from tests.models.frames import plan, simulated


def shuffled(customers: int):
    """Outcomes that nothing known of a customer tells of."""
    frame = simulated(customers, plan())
    order = np.random.default_rng(1).permutation(customers)
    rows = np.concatenate([order + start for start in range(0, len(frame), customers)])
    days = np.where(frame.days_to_next[rows] < frame.observed_days, frame.days_to_next[rows], np.inf)
    return dataclasses.replace(frame, days_to_next=days)


def test_on_random_customers_the_base_rate_serves_and_the_reason_is_said():
    trained = train(shuffled(200), plan()).trained
    assert trained is not None
    assert trained.choice.churn_reason is not None
    assert trained.choice.next_purchase_reason is not None
    assert trained.choice.churn_weights == (0.0, 0.0, 0.0, 0.0, 1.0)
    assert "average" in trained.choice.churn_reason
    assert "average" in trained.choice.next_purchase_reason
    chances = trained.curves(simulated(50, plan(snapshots=1))).survival[:, -1]
    assert chances == pytest.approx(trained.churn.base_rate)


def test_figures_hold_every_challenger_with_its_paired_difference():
    outcome = train(simulated(120, plan()), plan())
    measured = {(row["model"], row["metric"]) for row in outcome.figures if row["prediction"] == "churn"}
    assert {(part, "gain_of_served") for part in churn.PARTS} <= measured
    assert outcome.trained is not None
    assert outcome.trained.choice.churn_reason is None


def test_rows_of_one_customer_are_one_piece_of_evidence():
    gains = np.repeat(np.random.default_rng(0).normal(0.03, 1, 100), 100)
    customers = np.repeat(np.arange(100), 100)
    assert not is_better(gains, customers)
    assert is_better(gains, np.arange(10_000))
    assert paired_gain(gains, customers)[0] == pytest.approx(gains.mean())
