"""Ledger -> Cloud Storage: the receipt of a committed batch, and of the one before it should that lack it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from include.landing.batch import Batch
from include.landing.manifest import Receipt, has_receipt, write_receipt
from include.warehouse.jobs import parameters
from include.warehouse.sql import render

if TYPE_CHECKING:
    from airflow.providers.google.cloud.hooks.gcs import GCSHook
    from google.cloud import bigquery


def write(client: bigquery.Client, hook: GCSHook, dataset: str, batch: Batch) -> int:
    """Write the receipt of a batch that stands in the ledger; returns how many people are forgotten by now.

    A commit that was killed before it came to this is made up for by the next one.
    """
    from google.cloud import bigquery

    values = {
        "stream": ("STRING", batch.stream),
        "source": ("STRING", batch.source),
        "batch_number": ("INT64", batch.batch_number),
        "since": ("TIMESTAMP", dt.datetime.fromisoformat(batch.ledger_since)),
    }
    rows = client.query_and_wait(
        render("ingest_batches/newest_two.sql", dataset=dataset),
        job_config=bigquery.QueryJobConfig(query_parameters=parameters(values)),
    )
    forgotten = 0
    for row in rows:
        forgotten = row["forgotten"]
        folder = row["first_raw_uri"].rpartition("/")[0]
        if row["batch_id"] == batch.batch_id or not has_receipt(hook, folder):
            name = dataset.rpartition(".")[2]
            write_receipt(hook, folder, Receipt(row["batch_id"], name, row["committed_at"].isoformat()))
    return forgotten
