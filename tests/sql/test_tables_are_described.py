"""Readers find a description on every table, view, column and field of a struct."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import zetasql.types as zt

from tests.sql import statements
from tests.sql.zetasql_analysis import analyse

LONGEST = 1024
"""BigQuery's limit of a column's description, in characters."""


def undescribed(resolved: Any) -> list[str]:
    """Names of what a CREATE statement leaves without a description, or with one that BigQuery refuses."""
    name = resolved.name_path[-1]
    found = [] if _is_described(resolved.option_list) else [name]
    if isinstance(resolved, zt.ResolvedCreateViewStmt) and not resolved.has_explicit_columns:
        return found if _hands_a_table_through(resolved) else [*found, f"{name}: column list"]
    for column in resolved.column_definition_list:
        found += _undescribed_in(f"{name}.{column.name}", column.type, column.annotations)
    return found


def _hands_a_table_through(view: zt.ResolvedCreateViewStmt) -> bool:
    return "SELECT *" in " ".join((view.sql or "").split())


def _undescribed_in(path: str, kind: Any, annotations: Any) -> Iterator[str]:
    if annotations is None or not _is_described(annotations.option_list):
        yield path
    yield from _undescribed_fields(path, kind, annotations)


def _undescribed_fields(path: str, kind: Any, annotations: Any) -> Iterator[str]:
    children = annotations.child_list if annotations else []
    if kind.array_type:
        yield from _undescribed_fields(path, kind.array_type.element_type, children[0] if children else None)
    elif kind.struct_type:
        for index, field in enumerate(kind.struct_type.field):
            child = children[index] if index < len(children) else None
            yield from _undescribed_in(f"{path}.{field.field_name}", field.field_type, child)


def _is_described(options: list[Any]) -> bool:
    texts = [
        option.value.value.value.string_value
        for option in options
        if option.name == "description" and isinstance(option.value, zt.ResolvedLiteral)
    ]
    return len(texts) == 1 and 0 < len(texts[0].strip()) <= LONGEST


@pytest.mark.parametrize("path", statements.table_files())
def test_table_and_columns_are_described(path):
    created = [s for s in statements.analysed(path).statements if isinstance(s, zt.ResolvedCreateStatement)]
    assert created
    assert [name for statement in created for name in undescribed(statement)] == []


D = "OPTIONS (description = 'Said.')"
BAD = {
    f"CREATE TABLE t (a INT64 {D})": ["t"],
    f"CREATE TABLE t (a INT64, b INT64 {D}) {D}": ["t.a"],
    f"CREATE TABLE t (a INT64 OPTIONS (description = ' ')) {D}": ["t.a"],
    f"CREATE TABLE t (a INT64 OPTIONS (description = '{'x' * 1025}')) {D}": ["t.a"],
    f"CREATE TABLE t (a ARRAY<STRUCT<b INT64 {D}, c INT64>> {D}) {D}": ["t.a.c"],
    f"CREATE TABLE t (a STRUCT<b ARRAY<STRUCT<c INT64>>> {D}) {D}": ["t.a.b", "t.a.b.c"],
    f"CREATE VIEW t {D} AS SELECT 1 AS a": ["t: column list"],
    f"CREATE VIEW t (a, b {D}) {D} AS SELECT 1, 2": ["t.a"],
    f"CREATE VIEW t (a {D}) AS SELECT 1": ["t"],
}


@pytest.mark.parametrize("sql", BAD)
def test_a_missing_description_is_found(sql):
    assert undescribed(analyse(sql).statements[0]) == BAD[sql]


@pytest.mark.parametrize(
    "sql",
    [
        f"CREATE TABLE t (a INT64 {D}, b ARRAY<STRUCT<c INT64 {D}>> {D}, e ARRAY<INT64> {D}) {D}",
        f"CREATE VIEW t (a {D}) {D} AS SELECT 1",
        f"CREATE VIEW t (a OPTIONS (description = '{'x' * 1024}')) {D} AS SELECT 1",
    ],
)
def test_a_described_table_passes(sql):
    assert undescribed(analyse(sql).statements[0]) == []
