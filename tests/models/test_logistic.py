"""Ridge logistic regression: against the library that everybody trusts, and at its edges."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from include.models.logistic import Logistic, fit_logistic


def data(rows=400, seed=1):
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(rows, 3)) * [1, 10, 0.1] + [0, 5, 1]
    chance = 1 / (1 + np.exp(-(0.5 + inputs[:, 0] - 0.1 * (inputs[:, 1] - 5))))
    return inputs, (rng.random(rows) < chance).astype(float)


def test_it_is_scikit_learns_ridge():
    inputs, labels = data()
    ours = fit_logistic(inputs, labels, penalty=2.0)
    standard = np.clip((inputs - inputs.mean(0)) / inputs.std(0), -6, 6)
    theirs = LogisticRegression(C=0.5, tol=1e-10, max_iter=1000).fit(standard, labels)
    assert ours.weights[1:] == pytest.approx(theirs.coef_[0], abs=1e-5)
    assert ours.weights[0] == pytest.approx(theirs.intercept_[0], abs=1e-4)


def test_separable_data_and_constant_columns_give_finite_weights():
    inputs = np.column_stack([np.r_[np.zeros(20), np.ones(20)], np.ones(40)])
    model = fit_logistic(inputs, np.r_[np.zeros(20), np.ones(20)], penalty=1.0)
    assert np.isfinite(model.weights).all()
    assert model.probability(inputs)[[0, -1]].round() == pytest.approx([0, 1])


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_one_class_gives_its_rate(label):
    model = fit_logistic(data()[0], np.full(400, label), penalty=1.0)
    assert abs(model.probability(data()[0]) - label).max() < 0.05


def test_far_outside_of_what_it_saw_it_stays_where_it_was():
    inputs, labels = data()
    model = fit_logistic(inputs, labels, penalty=1.0)
    far = inputs.mean(0) + [[1e6, 0, 0]]
    assert model.probability(far)[0] == model.probability(inputs.mean(0) + [[1e9, 0, 0]])[0]


def test_it_survives_json():
    inputs, labels = data()
    model = fit_logistic(inputs, labels, penalty=1.0)
    again = Logistic.from_json(model.to_json())
    assert (again.probability(inputs) == model.probability(inputs)).all()
