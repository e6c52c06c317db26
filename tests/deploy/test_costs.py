"""docs/costs.md: derived from the tables and statements, and nothing else."""

from __future__ import annotations

import pytest

from deploy import costs
from deploy.schemas import tables


def test_the_document_is_what_the_code_derives():
    assert costs.FILE.read_text("utf-8") == costs.text(), "run: make costs"


@pytest.mark.parametrize(
    ("field", "size"),
    [
        ({"name": "n", "type": "INTEGER", "mode": "NULLABLE"}, 8),
        ({"name": "n", "type": "NUMERIC", "mode": "REQUIRED"}, 16),
        ({"name": "n", "type": "BOOLEAN", "mode": "NULLABLE"}, 1),
        ({"name": "sale_id", "type": "STRING", "mode": "NULLABLE"}, 22),
        ({"name": "n", "type": "DATE", "mode": "REPEATED"}, 16),
        (
            {
                "name": "favorite_categories",
                "type": "RECORD",
                "mode": "REPEATED",
                "fields": [{"name": "share", "type": "FLOAT", "mode": "NULLABLE"}],
            },
            40,
        ),
    ],
    ids=str,
)
def test_a_columns_bytes_are_those_that_bigquery_publishes(field, size):
    assert costs.row_bytes([field]) == size


def test_a_statement_is_billed_for_each_table_once_and_for_ten_megabytes_at_least():
    assert costs.billed("ingest_batches/position.sql", {}) == costs.MINIMUM
    assert costs.billed("ingest_batches/position.sql", {"ingest_batches": 5 * costs.GB}) == 5 * costs.GB
    named = list(costs.statements("sales/commit.sql"))
    assert [tables_of for tables_of in named if "sale_versions" in tables_of]
    assert costs.billed("sales/commit.sql", {}) == costs.MINIMUM * sum(len(set(names)) for names in named)


def test_every_table_of_the_dataset_is_counted():
    assert costs.Shop(300).rows().keys() == tables().keys()


def test_a_larger_shop_pays_more_and_a_day_has_no_more_batches_than_fit():
    bills = [sum(costs.monthly(costs.Shop(sales)).values()) for sales in costs.SHOPS]
    assert bills == sorted(bills)
    assert [costs.Shop(sales).batches_a_day for sales in (300, 30_000)] == [300, 2880]
