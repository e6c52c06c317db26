"""BG/NBD: it finds what it was simulated from, and its curves are probabilities."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from include.models.btyd import BgNbd, fit_bg_nbd
from tests.models.frames import plan, simulated


def histories(customers: int):
    """A frame of customers that buy at gamma rates and drop out after a purchase with a chance of one tenth."""
    rng = np.random.default_rng(11)
    frame = simulated(customers, plan(snapshots=1))
    age = rng.integers(100, 300, customers)
    repeats, last = np.zeros(customers), np.zeros(customers)
    for customer in range(customers):
        rate, day = rng.gamma(1.5) / 15, 0.0
        while rng.random() > 0.1 and (day := day + rng.exponential(1 / rate)) < age[customer]:
            repeats[customer], last[customer] = repeats[customer] + 1, day
    values = frame.values.copy()
    values[:, 0], values[:, 1], values[:, 2] = age - last, age, repeats + 1
    return dataclasses.replace(frame, values=values)


def test_it_finds_the_buying_rate_it_was_simulated_from():
    model = fit_bg_nbd(histories(3_000))
    assert model.r / model.alpha == pytest.approx(0.1, rel=0.15)
    assert model.a / (model.a + model.b) == pytest.approx(0.1, abs=0.03)


def test_curves_start_at_one_and_never_rise():
    survival = BgNbd(1.0, 10.0, 0.5, 5.0).survival(histories(50), np.arange(91))
    assert survival[:, 0] == pytest.approx(1.0)
    assert (np.diff(survival, axis=1) <= 0).all()


def test_who_has_been_away_for_long_is_less_likely_to_come_back():
    frame = simulated(2, plan(snapshots=1))
    frame.values[:, :3] = [[5, 200, 20], [90, 200, 20]]
    survival = BgNbd(1.0, 10.0, 0.5, 5.0).survival(frame, np.array([0, 30]))
    assert survival[1, 1] > survival[0, 1]


def test_a_customer_without_any_purchase_has_a_curve():
    frame = simulated(1, plan(snapshots=1))
    frame.values[:, :3] = [[np.nan, np.nan, 0]]
    assert np.isfinite(BgNbd(1.0, 10.0, 0.5, 5.0).survival(frame, np.arange(31))).all()
