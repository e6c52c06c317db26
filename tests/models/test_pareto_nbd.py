"""Pareto/NBD against the integral over both rates taken by brute force, and against simulated customers."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.special import gammaincinv

from include.models.pareto_nbd import ParetoNbd, fit_pareto_nbd
from tests.models.frames import COLUMNS, plan, simulated

MODEL = ParetoNbd(0.8, 12.0, 0.6, 40.0)


def brute_force(model, repeats, last, age, days):
    """Likelihood, P(alive) and P(no purchase in `days` days) by quantiles of both gammas."""
    levels = (np.arange(1500) + 0.5) / 1500
    buying = (gammaincinv(model.r, levels) / model.alpha)[:, None]
    losing = (gammaincinv(model.s, levels) / model.beta)[None, :]
    both = buying + losing
    alive = buying**repeats * np.exp(-both * age)
    gone = buying**repeats * losing / both * (np.exp(-both * last) - np.exp(-both * age))
    bought = alive * buying / both * (1 - np.exp(-both * days))
    whole = (alive + gone).mean()
    return whole, alive.mean() / whole, 1 - bought.mean() / whole


def frame_of(repeats, last, age):
    frame = simulated(1, plan(snapshots=1))
    values = frame.values.copy()
    for name, value in (("tenure_days", age), ("purchases", repeats + 1), ("recency_days", age - last)):
        values[:, COLUMNS.index(name)] = value
    return dataclasses.replace(frame, values=values)


@pytest.mark.parametrize(("repeats", "last", "age"), [(0, 0, 50), (3, 20, 60), (12, 90, 100)])
def test_it_agrees_with_the_integral_over_both_rates(repeats, last, age):
    likelihood, alive, silent = brute_force(MODEL, repeats, last, age, 30)
    history = [np.array([float(value)]) for value in (repeats, last, age)]
    assert np.exp(MODEL.log_likelihood(*history))[0] == pytest.approx(likelihood, rel=0.01)
    assert MODEL.alive(*history)[0] == pytest.approx(alive, rel=0.01)
    survival = MODEL.survival(frame_of(repeats, last, age), np.arange(31))
    assert survival[0, -1] == pytest.approx(silent, rel=0.01)
    assert survival[0, 0] == 1.0


def test_frequent_buyers_keep_their_digits():
    alive = MODEL.alive(np.array([300.0, 300.0]), np.array([364.0, 250.0]), np.array([365.0, 365.0]))
    assert alive[0] > 0.95
    assert alive[1] < 1e-6


def test_the_fit_finds_the_rates_of_customers_who_never_leave():
    frame = simulated(800, plan(snapshots=1))
    model = fit_pareto_nbd(frame)
    # gamma(1, 0.06) + 0.003 a day: a purchase every 16 days in the mean.
    assert model.r / model.alpha == pytest.approx(0.063, rel=0.15)
