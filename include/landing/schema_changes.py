"""The table `schema_changes`: what extracts saw of Lightspeed's records that is not as documented."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from include.landing.batch import Batch
from include.lightspeed.drift import Change
from include.warehouse.jobs import parameters
from include.warehouse.sql import render

if TYPE_CHECKING:
    from google.cloud import bigquery

log = logging.getLogger(__name__)


def record(client: bigquery.Client, dataset: str, batch: Batch) -> list[Change]:
    """Record what a batch saw, and return what nobody had seen before; a second time there is nothing to record."""
    from google.cloud import bigquery

    if not batch.schema_changes:
        return []
    stream = {"source": ("STRING", batch.source), "stream": ("STRING", batch.table)}
    config = bigquery.QueryJobConfig(query_parameters=parameters(stream))
    rows = client.query_and_wait(render("schema_changes/known.sql", dataset=dataset), job_config=config)
    known = {(row["path"], row["kind"]) for row in rows}
    seen = [Change(path, kind, json_type) for path, kind, json_type in batch.schema_changes]
    new = [change for change in seen if change[:2] not in known]
    if new:
        values = {
            "source": ("STRING", batch.source),
            "stream": ("STRING", batch.table),
            "paths": ("ARRAY<STRING>", [change.path for change in new]),
            "kinds": ("ARRAY<STRING>", [change.kind for change in new]),
            "json_types": ("ARRAY<STRING>", [change.json_type for change in new]),
            "first_seen_at": ("TIMESTAMP", dt.datetime.fromisoformat(batch.extract_started_at)),
            "batch_id": ("STRING", batch.batch_id),
        }
        config = bigquery.QueryJobConfig(query_parameters=parameters(values))
        client.query_and_wait(render("schema_changes/insert.sql", dataset=dataset), job_config=config)
    return new


def sentence(batch: Batch, changes: list[Change]) -> str:
    """What an alert says of changes that were not seen before."""
    told = ", ".join(f"{change.kind} {change.path}" for change in changes[:5])
    more = f" and {len(changes) - 5} more" if len(changes) > 5 else ""
    return (
        f"{batch.table} of {batch.source} are not as documented since batch {batch.batch_id}: {told}{more}. "
        f"Ingestion goes on; see schema_changes, and rejected_records for records that no longer fit."
    )
