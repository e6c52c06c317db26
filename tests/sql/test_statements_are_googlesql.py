"""What the emulator lets through and BigQuery would refuse fails here: ZetaSQL analyses every SQL file."""

from __future__ import annotations

import pytest

from tests.sql import statements
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
    bound = statements.bound_parameters(path.split("/", maxsplit=1)[0])
    any_name = bound.get(statements.ANY_NAME, set())
    script = statements.analysed(path)
    assert sorted(name for name in script.used if not bound.get(name, any_name)) == []
    asked = {name: type_name(kind) for name, kind in script.parameters.items()}
    assert {name: kind for name, kind in asked.items() if kind not in bound.get(name, any_name)} == {}


def test_parameters_are_read_from_code():
    """The reader behind the test above, on this repository: both ways in which the code binds parameters."""
    assert statements.bound_parameters("include")["batch_number"] == {"INT64"}
    assert statements.bound_parameters("include")["raw_uris"] == {"ARRAY<STRING>"}
    assert statements.bound_parameters("plugins")[statements.ANY_NAME] == {"STRING"}
