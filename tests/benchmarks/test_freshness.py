"""The freshness benchmark's parts: the shop's load, and the percentiles of what was watched."""

from __future__ import annotations

import pytest

from benchmarks.freshness import Load
from sandbox.freshness import Freshness


def test_the_burst_is_in_the_middle_and_the_whole_time_is_what_was_asked_for():
    load = Load(seconds=600, rate=10, burst_seconds=60, burst_rate=50)
    assert load.phases() == [(270, 10), (60, 50), (270, 10)]
    assert load.sales() == 8400


def test_percentiles_are_times_of_sales_that_were():
    found = Freshness.of([float(second) for second in range(1, 201)], lost=3)
    figures = (found.live_sales, found.p50_seconds, found.p95_seconds, found.p99_seconds, found.max_seconds, found.lost)
    assert figures == (200, 100, 190, 198, 200, 3)


@pytest.mark.parametrize("share", ["p50_seconds", "p95_seconds", "p99_seconds", "max_seconds"])
def test_one_sale_is_every_percentile(share):
    assert getattr(Freshness.of([4.25], lost=0), share) == 4.25
