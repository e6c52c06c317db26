"""Datasets that tests share: what one test leaves behind is removed before the next one begins."""

from __future__ import annotations

from typing import Any

from include.warehouse.sql import table_files
from include.warehouse.tables import ensure


def empty(client: Any, dataset: str) -> None:
    """Bring a dataset back to all tables and views of `include/sql`, without a row.

    Args:
        client: BigQuery client.
        dataset: `project.dataset`, made by `ensure`.
    """
    kinds = {path.split("/", maxsplit=1)[0]: path.rsplit("/", maxsplit=1)[1] for path in table_files()}
    for table in client.list_tables(dataset):
        if table.table_id not in kinds:
            client.delete_table(table)
    ensure(client, dataset, "US")
    tables = [name for name, file in kinds.items() if file == "table.sql"]
    counts = " UNION ALL ".join(f"SELECT '{name}' AS name, COUNT(*) AS n FROM `{dataset}.{name}`" for name in tables)
    for row in client.query_and_wait(counts):
        if row["n"]:
            client.query_and_wait(f"TRUNCATE TABLE `{dataset}.{row['name']}`")
