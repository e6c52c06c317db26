"""No statement reads a growing table whole: each place that scans a partitioned table bounds its partitions."""

from __future__ import annotations

import re
from typing import Any

import pytest

from deploy import schemas
from tests.sql import statements

PARTITIONED = {name: table["partition"] for name, table in schemas.tables().items() if table["partition"]}

WHOLE_BY_INTENT = {
    ("customer_profiles/view.sql", "customer_profiles_v1"): "as_of = (SELECT MAX(as_of)): one partition when it runs",
    ("customer_profiles_v1/publish.sql", "sales"): "a profile counts every sale before as_of",
    ("customer_features/fill.sql", "sales"): "features know the whole history before their date",
    ("customer_identities/fill.sql", "content_events"): "a sign-in long ago still says whose a browser is",
    ("customer_identities/fill.sql", "social_events"): "so does an address in a handle",
    ("identity_matches/view.sql", "email_events"): "operators count all events, now and then",
    ("identity_matches/view.sql", "content_events"): "operators count all events, now and then",
    ("identity_matches/view.sql", "social_events"): "operators count all events, now and then",
    ("customer_products/fill.sql", "sales"): "what a customer bought comes from the whole history before the date",
    ("product_popularity/fill.sql", "sales"): "buyers are counted over the whole history before the date",
    ("product_pairs/fill.sql", "sales"): "the join with the dates bounds it to the year before each",
    ("ingest_batches/all.sql", "ingest_batches"): "a replay reads the whole ledger",
    ("replay/swap.sql", "ingest_batches"): "a replay compares the whole ledger",
    ("replay/swap.sql", "email_events"): "a replay makes the whole table again",
    ("replay/swap.sql", "social_events"): "a replay makes the whole table again",
    ("email_events/replay_compare.sql", "email_events"): "a replay makes the whole table again",
    ("social_events/replay_compare.sql", "social_events"): "a replay makes the whole table again",
    ("prediction_quality/view.sql", "prediction_scorecard"): "tens of rows a day",
    ("prediction_scorecard/grade.sql", "prediction_scorecard"): "tens of rows a day",
    ("social_events/commit.sql", "social_events"): "an event may be told again at any time; its id is a small column",
    ("reconciliation_status/view.sql", "reconciliation_runs"): "a few rows a day",
    ("customer_features/extent.sql", "sales"): "first and last sale of the history",
}
"""Reads of a partitioned table without a lower bound, and why each may."""

_SCAN = re.compile(r"(?:FROM|JOIN|UPDATE|INTO)\s+`[^`]*\.(\w+)`", re.IGNORECASE)
_WRITTEN = re.compile(r"INTO\s+`[^`]*\.(\w+)`", re.IGNORECASE)


def scans(sql: str) -> list[tuple[str, str]]:
    """(table, text of the SELECT or DML around it) of each partitioned table that is read."""
    text = re.sub(r"--[^\n]*", "", sql)
    found = []
    for match in _SCAN.finditer(text):
        table = match.group(1)
        if table in PARTITIONED and not _WRITTEN.match(match.group(0)):
            found.append((table, _around(text, match.start())))
    return found


def _around(text: str, position: int) -> str:
    """From a scan to the end of its query: the closing bracket of its level, or the statement's end."""
    depth = 0
    for index in range(position, len(text)):
        depth += (text[index] == "(") - (text[index] == ")")
        if depth < 0 or (depth == 0 and text[index] == ";"):
            return text[position:index]
    return text[position:]


def bounded(table: str, query: str) -> bool:
    """Whether the query compares the partitioning column with something from below or exactly."""
    column = PARTITIONED[table]
    return bool(re.search(rf"\b{column}\b\)?\s*(>=|>|=|BETWEEN|IN)\s*", query, re.IGNORECASE))


READS = [
    (path.removeprefix("include/sql/"), table, query)
    for path in statements.sql_files()
    if path.startswith("include/sql/")
    for table, query in scans(statements.rendered(path))
]


def test_there_are_reads_to_look_at():
    assert len(READS) > 15


@pytest.mark.parametrize(("path", "table", "query"), READS, ids=lambda value: str(value)[:50].replace("\n", " "))
def test_a_read_of_a_partitioned_table_is_bounded_or_meant(path, table, query):
    assert bounded(table, query) or (path, table) in WHOLE_BY_INTENT, query[:400]


def test_no_exception_is_left_that_nothing_needs():
    needed = {(path, table) for path, table, query in READS if not bounded(table, query)}
    assert set(WHOLE_BY_INTENT) == needed


EXAMPLES: dict[str, tuple[Any, ...]] = {
    "SELECT 1 FROM `p.d.sales` WHERE timestamp >= @since;": (True,),
    "SELECT 1 FROM `p.d.sales` WHERE timestamp < @until;": (False,),
    "SELECT 1 FROM `p.d.sales`; SELECT 1 FROM `p.d.sales` WHERE timestamp > @a;": (False, True),
    "SELECT (SELECT 1 FROM `p.d.sales`) FROM x WHERE timestamp >= @a": (False,),
    "DELETE FROM `p.d.customer_predictions` WHERE as_of = @as_of": (True,),
    "INSERT INTO `p.d.sales` (a) SELECT 1": (),
    "SELECT 1 FROM `p.d.customers`": (),
}


@pytest.mark.parametrize(("sql", "expected"), EXAMPLES.items(), ids=EXAMPLES.keys())
def test_the_reader_sees_what_is_bounded(sql, expected):
    assert tuple(bounded(table, query) for table, query in scans(sql)) == expected
