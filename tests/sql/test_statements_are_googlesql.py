"""What the emulator lets through and BigQuery would refuse fails here: ZetaSQL analyses every SQL file."""

from __future__ import annotations

import ast

import pytest

from tests.sql import bound_parameters, statements
from tests.sql.bound_parameters import ANY_NAME
from tests.sql.googlesql import language
from tests.sql.zetasql_analysis import type_name


@pytest.fixture(scope="module", autouse=True)
def compiled_analyzer():
    """Compile ZetaSQL outside of the first statement's time (a fresh machine takes up to a minute, once)."""
    return language()


def test_there_are_statements_to_analyse():
    assert len(statements.sql_files()) > 10
    assert len(statements.table_files()) > 5


@pytest.mark.parametrize("path", statements.sql_files())
def test_bigquery_would_accept_the_file(path):
    assert statements.analysed(path).statements


def test_every_table_of_the_dataset_is_in_the_catalog():
    made = {str(table.name) for table in statements.tables()}
    expected = {f"{statements.DATASET}.{path.split('/')[-2]}" for path in statements.table_files()}
    assert made == expected, "a table's name must be its folder's, and its file must analyse"


@pytest.mark.parametrize("path", statements.sql_files())
def test_code_binds_every_parameter_with_a_type_that_fits(path):
    bound = bound_parameters.bound(path)
    any_name = bound.get(ANY_NAME, "")
    script = statements.analysed(path)
    assert sorted(name for name in script.used if not bound.get(name, any_name)) == []
    asked = {name: type_name(kind) for name, kind in script.parameters.items()}
    assert {name: kind for name, kind in asked.items() if kind != bound.get(name, any_name)} == {}


@pytest.mark.parametrize("path", statements.sql_files())
def test_every_place_that_runs_the_file_binds_exactly_its_parameters(path):
    used = statements.analysed(path).used
    sites = bound_parameters.call_sites(path)
    if bound_parameters.runs_by_itself(path):
        assert [site for site in sites if site != used] == []
    else:
        # It is a part of other statements, which have parameters of their own.
        assert [site for site in sites if not used <= site] == []


def test_parameters_are_read_from_the_code_of_this_repository():
    assert bound_parameters.bound("include/sql/sales/commit.sql")["raw_uris"] == "ARRAY<STRING>"
    assert bound_parameters.bound("include/sql/customer_features/extent.sql") == {"as_of": "DATE"}
    assert bound_parameters.bound_by_literals("plugins")["customer_ids"] == "ARRAY<STRING>"


def test_every_way_of_binding_is_read():
    code = """
dataset.execute("a/b.sql", {"features": name}, as_of=day, sort_by=("x",))
dataset.execute("no statement", as_of=day)
parameters({"since": ("TIMESTAMP", now), "uris": ("ARRAY<STRING>", uris), "size": ("LARGE", 1)})
ScalarQueryParameter("id", "INT64", value)
"""
    assert list(bound_parameters.sites_in(ast.parse(code))) == [("a/b.sql", {"as_of"})]
    assert dict(bound_parameters.literals_in(ast.parse(code))) == {
        "since": "TIMESTAMP",
        "uris": "ARRAY<STRING>",
        "id": "INT64",
    }
