"""Staging tables -> tables: one transaction a batch, with its ledger row inside."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, Any

from include.forgetting.people import key_id
from include.landing.batch import Batch
from include.landing.ledger import RECENT
from include.warehouse.jobs import parameters, run_once
from include.warehouse.sql import render

if TYPE_CHECKING:
    from google.cloud import bigquery

log = logging.getLogger(__name__)


def commit(client: bigquery.Client, dataset: str, batch: Batch, now: dt.datetime, forget_key: str = "") -> str:
    """Commit a loaded batch, unless the ledger has it already; returns the job's id.

    Args:
        client: BigQuery client.
        dataset: `project.dataset`.
        batch: what extract has landed.
        now: the present time, UTC.
        forget_key: the key behind the hashes of `forgotten_customers`.

    Raises:
        google.api_core.exceptions.GoogleAPICallError: the transaction was rolled back, for instance since
            another run has committed this batch's number; nothing of the batch is visible then.
    """
    from google.cloud import bigquery

    job_id = batch.job_id(dataset, "commit")
    if is_committed(client, dataset, batch, now):
        log.info("Batch %s stands in the ledger already.", batch.batch_id)
        return job_id
    text = statement(dataset, batch)
    values = {name: value for name, value in parameter_values(batch, forget_key).items() if f"@{name}" in text}
    config = bigquery.QueryJobConfig(
        query_parameters=parameters(values), labels={"dag": batch.dag_id, "stream": batch.stream}
    )
    _add_lock(client, dataset, batch)
    job = run_once(
        client,
        job_id,
        lambda name: client.query(text, job_config=config, job_id=name, job_retry=None),
    )
    log.info("Committed batch %s: %d records, %d rows.", batch.batch_id, batch.records, batch.rows_loaded)
    return job.job_id


def statement(dataset: str, batch: Batch) -> str:
    """The transaction that commits a batch of its stream."""
    return render(
        f"{batch.table}/commit.sql",
        dataset=dataset,
        staging_rows=batch.staging_table(dataset, "rows"),
        staging_headers=batch.staging_table(dataset, "headers"),
        staging_rejected=batch.staging_table(dataset, "rejected"),
    )


def is_committed(client: bigquery.Client, dataset: str, batch: Batch, now: dt.datetime) -> bool:
    """Whether the batch stands in the ledger; it is committed within `RECENT` of its extract, or never."""
    from google.cloud import bigquery

    values = {"batch_id": ("STRING", batch.batch_id), "since": ("TIMESTAMP", now - RECENT)}
    rows = client.query_and_wait(
        render("ingest_batches/is_committed.sql", dataset=dataset),
        job_config=bigquery.QueryJobConfig(query_parameters=parameters(values)),
    )
    return next(iter(rows))["batches"] > 0


def _add_lock(client: bigquery.Client, dataset: str, batch: Batch) -> None:
    from google.cloud import bigquery

    if batch.batch_number > 1:
        return
    values = {"stream": ("STRING", batch.stream), "source": ("STRING", batch.source)}
    client.query_and_wait(
        render("ingest_locks/add.sql", dataset=dataset),
        job_config=bigquery.QueryJobConfig(query_parameters=parameters(values)),
    )


def parameter_values(batch: Batch, forget_key: str = "") -> dict[str, tuple[str, Any]]:
    """Values that the statement binds, each with its BigQuery type."""
    return {
        "batch_id": ("STRING", batch.batch_id),
        "stream": ("STRING", batch.stream),
        "source": ("STRING", batch.source),
        "batch_number": ("INT64", batch.batch_number),
        "ledger_since": ("TIMESTAMP", dt.datetime.fromisoformat(batch.ledger_since)),
        "mode": ("STRING", batch.mode),
        "reached_end": ("BOOL", batch.reached_end),
        "cursor_from": ("STRING", batch.cursor_from),
        "cursor_to": ("STRING", batch.cursor_to),
        "raw_uris": ("ARRAY<STRING>", batch.raw_uris),
        "row_uris": ("ARRAY<STRING>", batch.row_uris),
        "pages": ("INT64", batch.pages),
        "records": ("INT64", batch.records),
        "rows_loaded": ("INT64", batch.rows_loaded),
        "rejected": ("INT64", batch.rejected),
        "extract_started_at": ("TIMESTAMP", dt.datetime.fromisoformat(batch.extract_started_at)),
        "extract_ended_at": ("TIMESTAMP", dt.datetime.fromisoformat(batch.extract_ended_at)),
        "dag_run_id": ("STRING", batch.dag_run_id),
        "forget_key": ("STRING", forget_key),
        "forget_key_id": ("STRING", key_id(forget_key)),
    }
