"""`docs/data-dictionary.md` says what the SQL files say."""

from __future__ import annotations

from pathlib import Path

from tests.docs import data_dictionary
from tests.sql import statements


def test_the_committed_dictionary_is_up_to_date():
    assert data_dictionary.DOCUMENT.read_text("utf-8") == data_dictionary.text(), (
        "docs/data-dictionary.md is out of date: run `python -m tests.docs.data_dictionary`."
    )


def test_every_table_and_view_and_the_fields_of_arrays_are_in_it():
    document = data_dictionary.DOCUMENT.read_text("utf-8")
    for path in statements.table_files():
        assert f"\n## {Path(path).parent.name}\n" in document
    assert (
        "| `likely_products.reason` | STRING | Why the product is on the list: bought_before, bought_together, "
        "new_in_category or popular. |" in document
    )
