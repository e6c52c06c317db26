from __future__ import annotations

import jinja2
import pytest

from include.warehouse.sql import SQL_ROOT, render, table_files


def test_identifiers_are_rendered_and_parameters_stay():
    text = render("ingest_batches/position.sql", dataset="p.d")
    assert "FROM `p.d.ingest_batches`" in text
    assert "@stream" in text


def test_a_missing_identifier_is_an_error_not_an_empty_text():
    with pytest.raises(jinja2.UndefinedError):
        render("sales/commit.sql", dataset="p.d")


@pytest.mark.parametrize("hostile", ["p.d`; DROP TABLE x", "p d", "", "p.d--"[:3] + "\n"])
def test_an_identifier_that_could_change_the_statement_is_refused(hostile: str):
    with pytest.raises(ValueError, match="is not a BigQuery identifier"):
        render("ingest_batches/position.sql", dataset=hostile)


def test_every_folder_of_the_sql_tree_is_a_table_or_a_view_or_holds_statements_only():
    listed = {path.split("/")[0] for path in table_files()}
    assert {
        "sales",
        "customers",
        "products",
        "ingest_batches",
        "rejected_records",
        "sales_freshness",
    } <= listed
    assert listed <= {folder.name for folder in SQL_ROOT.iterdir()}


def test_views_come_after_all_tables():
    kinds = [path.split("/")[1] for path in table_files()]
    assert kinds == sorted(kinds)
