from __future__ import annotations

import datetime as dt

import pytest

from sandbox.freshness import next_second

SECOND = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("microsecond", "expected"), [(0, SECOND), (1, SECOND.replace(second=6)), (999_999, SECOND.replace(second=6))]
)
def test_a_watch_begins_with_a_whole_second_so_that_no_watched_sale_is_cut_down_to_before_it(microsecond, expected):
    assert next_second(SECOND.replace(microsecond=microsecond)) == expected
