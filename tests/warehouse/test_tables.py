from __future__ import annotations

import os

import pytest

from include.warehouse.sql import table_files
from include.warehouse.tables import ensure
from sandbox.stack import PROJECT

pytestmark = pytest.mark.services


def test_a_first_deployment_gets_its_dataset_tables_and_views_and_a_second_run_changes_nothing(
    bigquery_client,
):
    name = f"{PROJECT}.first_{os.urandom(4).hex()}"
    expected = [path.split("/")[0] for path in table_files()]
    assert ensure(bigquery_client, name, "US") == expected
    assert {table.table_id for table in bigquery_client.list_tables(name)} == set(expected)
    assert ensure(bigquery_client, name, "US") == []


def test_a_table_that_is_missing_is_made_again_and_the_others_keep_their_rows(bigquery_client, dataset):
    bigquery_client.query_and_wait(
        f"INSERT INTO `{dataset}.sale_versions` (source, sale_id, version, read_at, batch_id)"
        " VALUES ('x_series', 's1', 1, TIMESTAMP '2026-01-02', 'b')"
    )
    bigquery_client.delete_table(f"{dataset}.customers")
    assert ensure(bigquery_client, dataset, "US") == ["customers"]
    rows = bigquery_client.query_and_wait(f"SELECT COUNT(*) AS n FROM `{dataset}.sale_versions`")
    assert next(iter(rows))["n"] == 1


def test_sales_are_partitioned_by_day_of_completion_and_clustered_by_customer(bigquery_client, dataset):
    table = bigquery_client.get_table(f"{dataset}.sales")
    assert (table.time_partitioning.type_, table.time_partitioning.field) == ("DAY", "timestamp")
    assert table.clustering_fields == ["customer_id"]
