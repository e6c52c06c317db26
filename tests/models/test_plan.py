"""The plan: no snapshot can see or need anything at or after as_of."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.models.plan import BUCKETS, MIN_HISTORY_DAYS, Extent, plan_training

AS_OF = dt.date(2017, 12, 1)


def extent(days, customers=1000):
    return Extent(AS_OF - dt.timedelta(days=days), customers, 10_000, None)


@given(st.integers(0, 4000), st.integers(1, 730), st.integers(1, 3_000_000))
def test_features_come_before_a_snapshot_and_its_outcome_before_as_of(history, horizon, customers):
    plan = plan_training(extent(history, customers), AS_OF, horizon)
    for day in plan.snapshot_dates:
        assert AS_OF - dt.timedelta(days=history) < day < AS_OF
    for day in plan.complete_dates:
        assert day + dt.timedelta(days=plan.learned_days) <= AS_OF
    assert plan.learned_days <= horizon
    assert 0 < plan.buckets <= BUCKETS
    assert len(plan.snapshot_dates) * customers * plan.buckets / BUCKETS <= 400_000 + 2 * len(plan.snapshot_dates) * (
        customers / BUCKETS + 1
    )


@given(st.integers(MIN_HISTORY_DAYS, 4000), st.integers(1, 730))
def test_any_three_weeks_of_history_have_a_complete_snapshot(history, horizon):
    assert plan_training(extent(history), AS_OF, horizon).complete_dates


@pytest.mark.parametrize("history", [0, 1, MIN_HISTORY_DAYS - 1])
def test_a_shorter_history_teaches_nothing(history):
    plan = plan_training(extent(history), AS_OF, 30)
    assert (plan.learned_days, plan.snapshot_dates) == (0, ())


def test_no_history_at_all():
    assert plan_training(Extent(None, 0, 0, None), AS_OF, 30).snapshot_dates == ()
