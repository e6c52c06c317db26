"""The measures, against scikit-learn or by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from include.models import metrics

RNG = np.random.default_rng(2)
CHANCES = RNG.random(500).round(2)
LABELS = (RNG.random(500) < CHANCES).astype(float)


def test_churn_measures_are_scikit_learns():
    measured = metrics.churn_metrics(LABELS, CHANCES)
    assert measured["auc"] == pytest.approx(roc_auc_score(LABELS, CHANCES))
    assert measured["log_loss"] == pytest.approx(log_loss(LABELS, np.clip(CHANCES, 1e-6, 1 - 1e-6)))
    assert measured["brier"] == pytest.approx(brier_score_loss(LABELS, CHANCES))


def test_auc_of_one_class_is_not_a_number():
    assert math.isnan(metrics.auc(np.ones(3), np.arange(3.0)))


def test_calibration_error_is_the_mean_gap_of_the_groups():
    labels, chances = np.array([0.0, 0, 1, 1]), np.array([0.1, 0.1, 0.6, 0.6])
    assert metrics.calibration_error(labels, chances, groups=2) == pytest.approx(0.25)


def test_restricted_errors_drop_nobody_and_reward_no_overshoot():
    days = np.array([2.0, np.inf, 40.0])
    assert metrics.restricted_errors(days, np.array([5.0, 100.0, 10.0]), 30).tolist() == [3, 0, 20]


def test_concordance_is_one_for_the_right_order_and_half_for_a_constant():
    days = np.array([1.0, 5.0, np.inf, np.inf])
    assert metrics.concordance(days, np.array([1.0, 2.0, 3.0, 4.0]), 30) == 1
    assert metrics.concordance(days, -days.clip(max=99), 30) == 0
    assert metrics.concordance(days, np.ones(4), 30) == 0.5


def test_an_interval_that_reaches_the_horizon_holds_a_later_purchase():
    days, low = np.array([3.0, 3.0, np.inf, np.inf]), np.array([1.0, 4.0, 1.0, 1.0])
    high = np.array([3.0, 9.0, 40.0, 20.0])
    assert metrics.covered(days, low, high, 30).tolist() == [True, False, True, False]


def test_ranking_measures_by_hand():
    measured = metrics.ranking_metrics([["a", "b", "c"], ["x"]], [{"a", "c", "z"}, {"y"}], size=3)
    assert measured["recall_at_3"] == pytest.approx((2 / 3 + 0) / 2)
    ideal = 1 + 1 / math.log2(3) + 1 / 2
    assert measured["ndcg_at_3"] == pytest.approx((1 + 1 / 2) / ideal / 2)
    assert measured["hit_at_3"] == 0.5
