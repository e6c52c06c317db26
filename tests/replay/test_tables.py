from __future__ import annotations

import datetime as dt

import pytest

from include.replay.tables import TABLES, scope

DAY = dt.date(2026, 3, 2)
STREAMS = {"sales", "customers", "products", "email_events", "social_events"}


def test_all_tables_of_the_landing_can_be_made_again():
    whole = scope(list(TABLES), None, None)
    assert whole.whole
    assert whole.streams == STREAMS
    assert set(whole.kinds) == {*STREAMS, "headers", "rejected", "batches"}


def test_only_what_a_table_needs_is_parsed():
    assert scope(["customers"], None, None).streams == {"customers"}
    assert scope(["ingest_batches"], None, None).streams == frozenset()
    assert scope(["sale_versions"], None, None).streams == {"sales"}
    assert scope(["rejected_records"], None, None).streams == STREAMS


@pytest.mark.parametrize(
    ("tables", "first", "last", "reason"),
    [
        (["sails"], None, None, "no table sails"),
        ([], None, None, "No table was named"),
        (["sales"], DAY, DAY - dt.timedelta(days=1), "before the first day"),
        (["sales", "customers"], DAY, None, "customers is not kept by day"),
    ],
)
def test_what_cannot_be_made_again_is_refused_with_a_reason(tables, first, last, reason):
    with pytest.raises(ValueError, match=reason):
        scope(tables, first, last)
