"""The backtest inside the history: what is fitted cannot know what is checked, and luck chooses nothing."""

from __future__ import annotations

import numpy as np

from include.models.holdout import choose, simplex, split
from tests.models.frames import plan, simulated


def test_in_time_every_fitted_outcome_was_known_before_the_first_check():
    made_for = plan(snapshots=20)
    frame = simulated(30, made_for)
    fitted, checked, how = split(frame, made_for)
    assert how == "time"
    last_known = frame.dates[fitted].max() + np.timedelta64(made_for.learned_days)
    assert last_known <= frame.dates[checked].min()


def test_a_short_history_is_split_over_customers():
    made_for = plan(snapshots=8)
    frame = simulated(30, made_for)
    fitted, checked, how = split(frame, made_for)
    assert how == "customers"
    assert not set(frame.customers[fitted]) & set(frame.customers[checked])
    assert (frame.observed_days[checked] >= made_for.learned_days).all()


def test_the_simplex_has_every_weight_once():
    points = simplex(3, 4)
    assert len(points) == len({tuple(point) for point in points}) == 15
    assert all(point.sum() == 1 for point in points)


def test_the_default_stays_when_another_is_better_by_luck_only():
    noise = np.random.default_rng(0).normal(0.0005, 1, 2000)
    losses = {0.0: np.zeros(2000), 1.0: noise - noise.mean() - 0.001}
    customers = np.arange(2000)
    assert choose([np.array([0.0]), np.array([1.0])], 0, lambda w: losses[w[0]], customers) == 0


def test_a_clear_gain_wins():
    losses = {0.0: np.ones(200), 1.0: np.full(200, 0.5)}
    assert choose([np.array([0.0]), np.array([1.0])], 0, lambda w: losses[w[0]], np.arange(200)) == 1
