"""What a commit of sales reads: no statement scans the whole table, whatever day a sale was moved to or from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import zetasql.types as zt

from tests.sql import statements
from tests.sql.zetasql_analysis import analyse, nodes

PARTITIONED = f"{statements.DATASET}.sales"
VERSIONS = f"{statements.DATASET}.sale_versions"
FILES = ("include/sql/sales/commit.sql", "include/sql/reconciliation_runs/sales_of_day.sql")


def filters(path: str) -> list[tuple[str, Any]]:
    """Statement and WHERE of each DELETE from, or scan of, the table that a file has."""
    found = []
    for statement in statements.analysed(path).statements:
        scans = [node for node in nodes(statement) if isinstance(node, zt.ResolvedTableScan)]
        if any(str(scan.table.name) == PARTITIONED for scan in scans) and not isinstance(
            statement, zt.ResolvedInsertStmt
        ):
            found.append((type(statement).__name__, _where(statement)))
    return found


def _where(statement: Any) -> Any:
    if isinstance(statement, zt.ResolvedDeleteStmt):
        return statement.where_expr
    (only,) = [node.filter_expr for node in nodes(statement) if isinstance(node, zt.ResolvedFilterScan)]
    return only


def conjuncts(condition: Any) -> Iterator[Any]:
    """The conditions that all must hold."""
    if isinstance(condition, zt.ResolvedFunctionCall) and condition.function.name.rpartition(":")[2] == "$and":
        for argument in condition.argument_list:
            yield from conjuncts(argument)
    else:
        yield condition


def prunes(condition: Any) -> bool:
    """Whether BigQuery can tell from it which partitions to read: it is about the day, and has no table in it."""
    inside = list(nodes(condition))
    about_the_day = any(isinstance(node, zt.ResolvedColumnRef) and node.column.name == "timestamp" for node in inside)
    return about_the_day and not any(isinstance(node, zt.ResolvedSubqueryExpr) for node in inside)


@pytest.mark.parametrize("path", FILES)
def test_a_statement_that_reads_sales_is_bounded_by_days(path: str):
    found = filters(path)
    assert found
    for _, where in found:
        assert any(prunes(condition) for condition in conjuncts(where))


def test_the_commit_deletes_from_sales_once_and_reads_it_nowhere_else():
    assert [kind for kind, _ in filters(FILES[0])] == ["ResolvedDeleteStmt"]


@pytest.mark.parametrize(
    ("condition", "is_bound"),
    [
        ("DATE(target.timestamp) BETWEEN DATE '2026-01-01' AND DATE '2026-01-02'", True),
        (
            f"DATE(target.timestamp) >= (SELECT MIN(DATE(v.completed_at)) FROM `{statements.DATASET}.sale_versions` v)",
            False,
        ),
        ("target.sale_id = 'a'", False),
    ],
)
def test_a_bound_is_about_the_day_and_has_no_table_in_it(condition: str, is_bound: bool):
    (statement,) = analyse(f"DELETE FROM `{PARTITIONED}` AS target WHERE {condition}", statements.tables()).statements
    assert any(prunes(each) for each in conjuncts(_where(statement))) is is_bound
