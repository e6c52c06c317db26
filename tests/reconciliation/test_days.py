"""Which days a run compares: every day comes round in the time that the settings state."""

from __future__ import annotations

import datetime as dt

from include.reconciliation.days import MAX_UNSETTLED, RUNS_A_DAY, Look, due

TODAY = dt.date(2026, 3, 31)
NOW = dt.datetime(2026, 3, 31, 12, tzinfo=dt.UTC)
FIRST = dt.date(2025, 3, 31)


def back(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


def test_recent_days_are_compared_every_time():
    assert due(TODAY, None, {}, 3, 30) == [back(0), back(1), back(2)]
    assert due(TODAY, FIRST, {}, 3, 30)[:3] == [back(0), back(1), back(2)]


def test_every_day_is_looked_at_again_within_the_stated_days():
    """Twenty runs a day for thirty days, of a shop with a year of history."""
    looks: dict[dt.date, Look] = {}
    compared = 0
    for run in range(30 * RUNS_A_DAY):
        days = due(TODAY, FIRST, looks, 3, 30)
        compared += len(days)
        looks |= {day: Look(NOW + dt.timedelta(hours=run), settled=True) for day in days}
    assert looks.keys() == {back(days) for days in range((TODAY - FIRST).days + 1)}
    assert compared == 30 * RUNS_A_DAY * 4


def test_the_day_that_was_looked_at_longest_ago_comes_next():
    looks = {back(days): Look(NOW - dt.timedelta(hours=days), settled=True) for days in range(366)}
    assert due(TODAY, FIRST, looks, 3, 30)[3:] == [FIRST]


def test_a_day_that_did_not_agree_is_looked_at_in_the_next_run():
    looks = {back(days): Look(NOW, settled=days not in {40, 50}) for days in range(366)}
    assert due(TODAY, FIRST, looks, 3, 30)[3:5] == [back(50), back(40)]


def test_days_that_never_agree_are_bounded_and_do_not_keep_the_others_waiting():
    looks = {back(days): Look(NOW, settled=False) for days in range(3, 366)}
    days = due(TODAY, FIRST, looks, 3, 30)
    assert len(days) == len(set(days)) == 3 + MAX_UNSETTLED + 1
