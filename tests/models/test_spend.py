"""Expected spend: its mean and interval hold on customers simulated from the model itself."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from include.models.btyd import BgNbd
from include.models.spend import Baskets, expected_spend, fit_baskets
from tests.models.frames import plan, simulated

MODEL = BgNbd(1.5, 15.0, 1.0, 9.0)
BASKETS = Baskets(20.0, 0.5)


def newcomers(count: int):
    """Customers of whom nothing is known but a first purchase today."""
    frame = simulated(count, plan(snapshots=1))
    frame.values[:, :3] = [0, 0, 1]
    frame.values[:, frame.columns.index("basket_value")] = 20
    return frame


def simulated_spend(count: int, days: int) -> np.ndarray:
    rng = np.random.default_rng(2)
    totals = np.zeros(count)
    for customer in range(count):
        rate, dropout, day = rng.gamma(MODEL.r) / MODEL.alpha, rng.beta(MODEL.a, MODEL.b), 0.0
        while (day := day + rng.exponential(1 / rate)) < days:
            totals[customer] += rng.gamma(1 / BASKETS.spread**2, 20 * BASKETS.spread**2)
            if rng.random() < dropout:
                break
    return totals


def test_mean_and_interval_hold_on_what_the_model_simulates():
    mean, low, high = expected_spend(MODEL, BASKETS, newcomers(1), 180)
    totals = simulated_spend(4_000, 180)
    assert mean[0] == pytest.approx(totals.mean(), rel=0.1)
    assert 0.74 <= ((totals >= low[0]) & (totals <= high[0])).mean() <= 0.9


def test_the_interval_holds_the_mean_and_is_never_negative():
    mean, low, high = expected_spend(MODEL, BASKETS, simulated(100, plan(snapshots=1)))
    assert (low >= 0).all()
    assert ((low <= mean) & (mean <= high)).all()


def test_without_prices_nothing_is_expected():
    frame = dataclasses.replace(newcomers(50), columns=(*newcomers(1).columns[:-1], "basket_value_last"))
    frame.values[:, frame.columns.index("basket_value")] = 0
    assert fit_baskets(frame) is None
