"""Cloud Storage -> staging tables: load jobs into tables named after the batch.

Each staging table has its own daily load-job quota (1,500 a table name), and expires should nothing drop it.
"""

from __future__ import annotations

import concurrent.futures
import datetime as dt
import re
from typing import TYPE_CHECKING

from include.landing.batch import Batch
from include.warehouse.jobs import run_once

if TYPE_CHECKING:
    from google.cloud import bigquery

ADDED_BY_COMMIT = frozenset({"ingested_at", "rejected_at"})
"""Columns of a table that its staging table lacks."""

HEADER_COLUMNS = ("sale_id", "version", "completed_at", "source_updated_at")
"""Columns of `sale_versions` that a batch of sales brings."""

REJECTED_COLUMNS = ("record_id", "reason", "raw_uri", "record")
"""Columns of `rejected_records` that a batch brings."""


def load(client: bigquery.Client, dataset: str, batch: Batch, expires: dt.datetime) -> list[str]:
    """Load a batch's objects into its staging tables, all at once; returns the ids of the load jobs.

    Args:
        client: BigQuery client.
        dataset: `project.dataset`.
        batch: what extract has landed.
        expires: when BigQuery removes the staging tables if nothing else has.
    """
    from google.cloud import bigquery

    uris = {"rows": batch.row_uris, "headers": batch.header_uris, "rejected": batch.rejected_uris}

    def load_kind(kind: str, schema: list[bigquery.SchemaField]) -> str | None:
        wanted = bigquery.Table(batch.staging_table(dataset, kind), schema=schema)
        wanted.expires = expires
        table = client.create_table(wanted, exists_ok=True)
        # A table that a teardown has dropped and this task has made anew is empty, whatever job once filled it.
        job_id = batch.job_id(dataset, f"load_{kind}_{table.created:%Y%m%dT%H%M%S%f}")
        return _load(client, batch, job_id, wanted, uris[kind]) if uris[kind] else None

    schemas = staging_schemas(client, dataset, batch.table)
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(schemas)) as threads:
        return [job_id for job_id in threads.map(load_kind, *zip(*schemas.items(), strict=True)) if job_id]


def drop(client: bigquery.Client, dataset: str, batch: Batch) -> None:
    """Remove a batch's staging tables, those that are there."""
    for kind in ("rows", "headers", "rejected"):
        client.delete_table(batch.staging_table(dataset, kind), not_found_ok=True)


def drop_leftovers(client: bigquery.Client, dataset: str, batch: Batch) -> list[str]:
    """Remove staging tables of earlier batches of the stream; returns their names.

    Teardowns have removed them already, but an attempt that was given up and is still alive may make one again.
    """
    name = re.compile(rf"staging_{batch.stream}_(\d+)_")
    newest, dropped = batch.batch_number, []
    for table in client.list_tables(dataset):
        number = name.match(table.table_id)
        if number and int(number[1]) < newest:
            client.delete_table(table.reference, not_found_ok=True)
            dropped.append(table.table_id)
    return dropped


def staging_schemas(client: bigquery.Client, dataset: str, table: str) -> dict[str, list[bigquery.SchemaField]]:
    """Schema of each kind of staging table of a table's batches, taken from the tables that they go to."""
    rows = client.get_table(f"{dataset}.{table}").schema
    rejected = client.get_table(f"{dataset}.rejected_records").schema
    schemas = {
        "rows": [field for field in rows if field.name not in ADDED_BY_COMMIT],
        "rejected": [field for field in rejected if field.name in REJECTED_COLUMNS],
    }
    if table == "sales":
        versions = client.get_table(f"{dataset}.sale_versions").schema
        schemas["headers"] = [field for field in versions if field.name in HEADER_COLUMNS]
    return schemas


def _load(client: bigquery.Client, batch: Batch, job_id: str, table: bigquery.Table, uris: list[str]) -> str:
    from google.cloud import bigquery

    config = bigquery.LoadJobConfig(
        source_format=bigquery.SourceFormat.PARQUET,
        schema=table.schema,
        # A job that outlives its task must not bring back a table that the teardown has removed.
        create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
        write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
        labels={"dag": batch.dag_id, "stream": batch.stream},
    )
    config.parquet_options = bigquery.ParquetOptions()
    config.parquet_options.enable_list_inference = True
    return run_once(
        client,
        job_id,
        lambda name: client.load_table_from_uri(uris, table.reference, job_id=name, job_config=config),
    ).job_id
