from __future__ import annotations

import dataclasses
import inspect

import pytest

from include.landing import load, tasks
from include.lightspeed import connection, oauth, r_pages, r_series, x_pages, x_series
from include.reconciliation import tasks as reconciliation
from include.warehouse import sql
from tests.chaos.removals import REMOVALS, Removal

TOUCHED = (
    (x_series.XSeriesClient, "pages"),
    (r_series.RSeriesClient, "pages"),
    (connection, "_windows"),
    (oauth.RefreshingToken, "_saved"),
    (x_pages, "_compare"),
    (r_pages, "parse_page"),
    (r_series, "parse_page"),
    (tasks, "drop_staging"),
    (load, "drop_leftovers"),
    (reconciliation, "reread"),
)


@pytest.fixture(autouse=True)
def untouched(monkeypatch: pytest.MonkeyPatch):
    """Whatever a removal does to this process is undone."""
    from include.landing.extract import Extractor

    for owner, name in (*TOUCHED, (Extractor, "land")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    yield
    sql._environment.cache_clear()


@pytest.mark.parametrize("removal", REMOVALS, ids=lambda removal: removal.name)
def test_what_a_removal_takes_away_is_there(removal: Removal):
    removal.apply()


def test_a_removal_changes_the_statement_that_is_run():
    statement = sql.render("ingest_locks/take.sql", dataset="p.d")
    next(each for each in REMOVALS if each.name == "lock").apply()
    assert sql.render("ingest_locks/take.sql", dataset="p.d") != statement


def test_a_removal_of_something_that_is_not_there_says_so():
    removal = dataclasses.replace(REMOVALS[0], old="no such text")
    assert "no such text" not in inspect.getsource(x_series)
    with pytest.raises(LookupError, match="bring the removal"):
        removal.apply()
