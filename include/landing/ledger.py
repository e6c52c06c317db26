"""The ledger `ingest_batches`: the only state of the pipeline, read here and written by the commit."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from include.landing.batch import BEGINNING, EPOCH, Position
from include.warehouse.jobs import parameters
from include.warehouse.sql import render

if TYPE_CHECKING:
    from google.cloud import bigquery

RECENT = dt.timedelta(days=3)
"""A running pipeline finds its position within this time; after a longer stop the whole ledger is read."""


def position(client: bigquery.Client, dataset: str, stream: str, source: str, now: dt.datetime) -> Position:
    """Where the next batch of a stream of a source begins."""
    from google.cloud import bigquery

    for since in (now - RECENT, EPOCH):
        values = {"stream": ("STRING", stream), "source": ("STRING", source), "since": ("TIMESTAMP", since)}
        rows = list(
            client.query_and_wait(
                render("ingest_batches/position.sql", dataset=dataset),
                job_config=bigquery.QueryJobConfig(query_parameters=parameters(values)),
            )
        )
        if rows:
            row = rows[0]
            return Position(row["batch_number"], row["cursor_to"], row["reached_end"], since)
    return BEGINNING
