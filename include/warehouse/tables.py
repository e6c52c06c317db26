"""Dataset, tables and views: created from `include/sql` when they are missing."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import TYPE_CHECKING

from include.warehouse.sql import render, table_files

if TYPE_CHECKING:
    from google.cloud import bigquery

log = logging.getLogger(__name__)


def ensure(client: bigquery.Client, dataset: str, location: str, tables: Collection[str] | None = None) -> list[str]:
    """Create the dataset and each table and view that it lacks; returns the names created.

    Args:
        client: BigQuery client.
        dataset: `project.dataset`.
        location: where a new dataset is placed; an existing one stays where it is.
        tables: names of the tables and views to look at; None: all.
    """
    present = _names(client, dataset, location)
    created = []
    for path in table_files():
        name = path.split("/", maxsplit=1)[0]
        if name not in present and (tables is None or name in tables):
            client.query_and_wait(render(path, dataset=dataset))
            created.append(name)
    if created:
        log.info("Created in %s: %s", dataset, ", ".join(created))
    return created


def refresh_views(client: bigquery.Client, dataset: str) -> None:
    """Replace every view by its file's present text, so that a deployment brings changed views along."""
    for path in table_files():
        if path.endswith("/view.sql"):
            client.query_and_wait(render(path, dataset=dataset))


def _names(client: bigquery.Client, dataset: str, location: str) -> set[str]:
    from google.api_core.exceptions import NotFound
    from google.cloud import bigquery

    try:
        return {table.table_id for table in client.list_tables(dataset)}
    except NotFound:
        new = bigquery.Dataset(dataset)
        new.location = location
        client.create_dataset(new, exists_ok=True)
        return set()
