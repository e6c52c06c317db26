"""Frames without a database: the columns that the models read, from simulated customers."""

from __future__ import annotations

import datetime as dt

import numpy as np

from include.models.frame import Frame
from include.models.plan import Plan

COLUMNS = (
    *("recency_days", "tenure_days", "purchases", "gap_mean", "gap_median"),
    *("recency_over_gap_mean", "recency_over_gap_median", "purchases_30", "purchases_90", "purchases_180"),
    *("frequency_14", "frequency_45", "frequency_120", "basket_value", "distinct_products"),
    *(f"share_{day}" for day in ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")),
)

AS_OF = dt.date(2025, 1, 1)


def plan(learned_days: int = 30, snapshots: int = 20) -> Plan:
    """Weekly snapshots before `AS_OF`."""
    days = tuple(AS_OF - dt.timedelta(days=7 * age) for age in range(snapshots, 0, -1))
    return Plan(AS_OF, learned_days, learned_days, 7, days, 1_000_000, 1_000_000)


def simulated(customers: int, made_for: Plan, *, seed: int = 3) -> Frame:
    """Each customer buys at a constant rate of their own; recency and counts tell of it."""
    rng = np.random.default_rng(seed)
    dates = np.repeat(np.array(made_for.snapshot_dates, "datetime64[D]"), customers)
    names = np.tile(np.array([f"c{number:04d}" for number in range(customers)], object), len(made_for.snapshot_dates))
    rate = np.tile(rng.gamma(1.0, 0.06, customers) + 0.003, len(made_for.snapshot_dates))
    values = np.full((len(dates), len(COLUMNS)), 1 / 7, np.float32)
    values[:, 0] = 1 + rng.exponential(1 / rate)
    values[:, 1] = 200
    values[:, 2] = 1 + rng.poisson(rate * 200)
    values[:, 3] = values[:, 4] = 200 / values[:, 2]
    values[:, 5] = values[:, 6] = values[:, 0] / values[:, 3]
    for column, days in ((7, 30), (8, 90), (9, 180), (10, 14), (11, 45), (12, 120)):
        values[:, column] = rng.poisson(rate * days)
    values[:, 13:15] = rng.gamma(2.0, 5.0, (len(dates), 2))
    wait = np.floor(rng.exponential(1 / rate))
    observed = (np.datetime64(AS_OF) - dates).astype(np.int64)
    return Frame(
        customers=names,
        dates=dates,
        buckets=np.tile(rng.integers(0, 1_000_000, customers), len(made_for.snapshot_dates)),
        columns=COLUMNS,
        values=values,
        days_to_next=np.where(wait < observed, wait, np.inf),
        observed_days=observed,
    )
