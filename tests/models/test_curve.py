"""Survival curves: what is read from them agrees with their definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.models.curve import Curves, from_hazards, interval_edges


@given(st.integers(1, 365))
def test_edges_cover_the_learned_days_without_gap(days):
    edges = interval_edges(days)
    assert edges[0] == 0
    assert edges[-1] == days
    assert (np.diff(edges) > 0).all()
    assert len(edges) <= 37


@given(st.lists(st.floats(0.0, 1.0), min_size=5, max_size=5), st.sampled_from([5, 60]))
def test_quantiles_rise_with_their_level_and_are_finite(hazards, days):
    edges = np.linspace(0, days, 6).astype(np.int64)
    curves = from_hazards(edges, np.array([hazards]))
    quantiles = [curves.quantile(level)[0] for level in (0.1, 0.3, 0.5, 0.7, 0.9)]
    assert np.isfinite(quantiles).all()
    assert quantiles == sorted(quantiles)


def test_a_constant_hazard_has_the_median_of_a_geometric_wait():
    curves = from_hazards(interval_edges(30), np.full((1, 30), 0.1))
    # After seven days 0.478 are left, after six 0.531: the median purchase comes on the seventh day, number 6.
    assert round(curves.quantile(0.5)[0]) == 6
    assert curves.at(7)[0] == pytest.approx(0.9**7)


def test_beyond_the_learned_days_the_last_hazard_goes_on():
    curves = from_hazards(interval_edges(30), np.full((1, 30), 0.01))
    assert curves.at(90)[0] == pytest.approx(0.99**90, rel=1e-6)
    assert curves.quantile(0.5)[0] == pytest.approx(np.log(0.5) / np.log(0.99) - 0.5, rel=1e-6)


def test_a_bent_curve_ends_at_the_given_chance_and_keeps_falling():
    curves = from_hazards(interval_edges(10), np.full((2, 10), 0.1)).through(np.array([0.2, 0.5]))
    assert curves.survival[:, -1] == pytest.approx([0.2, 0.5])
    assert (np.diff(curves.survival, axis=1) < 0).all()


def test_a_blend_lies_between_its_parts():
    edges = interval_edges(3)
    low, high = Curves(edges, np.array([[1, 0.5, 0.3, 0.1]])), Curves(edges, np.array([[1, 0.9, 0.8, 0.7]]))
    assert low.blend(high, 0.25).survival[0] == pytest.approx([1, 0.8, 0.675, 0.55])
