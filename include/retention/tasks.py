"""What the tasks of `enforce_retention` do, wired to this deployment's clients.

Heavy modules are imported when a task runs, never when the DAG file is parsed.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from typing import TYPE_CHECKING, Any

from include.retention.lifetimes import OBJECTS, SHORT_LIVED, TABLES
from include.settings import Settings
from include.warehouse.jobs import parameters
from include.warehouse.sql import render

if TYPE_CHECKING:
    from google.cloud import bigquery

log = logging.getLogger(__name__)

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def enforce_tables(now: dt.datetime) -> dict[str, int]:
    """Delete the rows whose lifetime is over; returns how many of each table that had some."""
    client, dataset, _ = _connect()
    present = {table.table_id for table in client.list_tables(dataset)}
    deleted = {name: _delete_rows(client, dataset, name, now) for name in sorted(TABLES.keys() & present)}
    return {name: rows for name, rows in deleted.items() if rows}


def drop_short_lived(now: dt.datetime) -> list[str]:
    """Remove short-lived tables that nothing else has removed; returns their names."""
    client, dataset, _ = _connect()
    dropped = []
    for table in client.list_tables(dataset):
        kept = next((age for prefix, age in SHORT_LIVED.items() if table.table_id.startswith(prefix)), None)
        if kept is not None and table.created is not None and table.created < now - kept:
            client.delete_table(table.reference, not_found_ok=True)
            dropped.append(table.table_id)
    return dropped


def remove_objects(now: dt.datetime) -> int:
    """Remove the objects whose lifetime is over; returns how many. The bucket's own rules come to the same."""
    from include.warehouse.client import storage_hook

    settings = Settings.from_environment()
    bucket = storage_hook(settings).get_conn().bucket(settings.landing_bucket)
    removed = 0
    for folder, days in OBJECTS.items():
        for blob in bucket.list_blobs(prefix=folder, fields="items(name,updated,generation),nextPageToken"):
            if is_over(blob.name, blob.updated, now, days):
                bucket.delete_blobs([blob], on_error=lambda _: None)
                removed += 1
    return removed


def is_over(name: str, updated: dt.datetime | None, now: dt.datetime, days: int) -> bool:
    """Whether an object's lifetime is over: counted from the day in its name, which rewriting does not move.

    Args:
        name: of the object.
        updated: when it was written; serves where the name has no day.
        now: the present time, UTC.
        days: its lifetime.
    """
    day = _DAY.search(name)
    begun = dt.date.fromisoformat(day[0]) if day else updated.date() if updated else None
    return begun is not None and begun < now.date() - dt.timedelta(days=days)


def _delete_rows(client: bigquery.Client, dataset: str, name: str, now: dt.datetime) -> int:
    from google.cloud import bigquery

    kept = TABLES[name]
    if kept.days is None:
        return 0
    cutoff = dt.datetime.combine(now.date() - dt.timedelta(days=kept.days), dt.time(), dt.UTC)
    names = {"held_days": f"{dataset}.{name}", "day_column": kept.column}
    values: dict[str, tuple[str, Any]] = {"first_day": ("DATE", cutoff.date())}
    if not kept.is_date:
        names = {"held": f"{dataset}.{name}", "time_column": kept.column}
        values = {"since": ("TIMESTAMP", cutoff)}
    config = bigquery.QueryJobConfig(query_parameters=parameters(values), labels={"dag": "enforce_retention"})
    text = render(f"retention/delete_{'days' if kept.is_date else 'times'}.sql", **names)
    job = client.query(text, job_config=config, job_retry=None)
    job.result()
    return job.num_dml_affected_rows or 0


def _connect() -> tuple[bigquery.Client, str, Settings]:
    from include.warehouse.client import bigquery_client, dataset_name

    settings = Settings.from_environment()
    client = bigquery_client(settings)
    return client, dataset_name(client, settings), settings
