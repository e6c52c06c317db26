"""What the tasks of `lightspeed_to_bigquery` do: the landing, wired to this deployment's clients.

Heavy modules are imported when a task runs, never when the DAG file is parsed.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import random
import time
from collections.abc import Mapping
from typing import Any

from include.landing.batch import Batch
from include.settings import Settings

log = logging.getLogger(__name__)


def utc_now() -> dt.datetime:
    """The present time, UTC: the clock that tasks hand to the logic."""
    return dt.datetime.now(tz=dt.UTC)


def extract(dag_run_id: str, attempt: int, previous_start: dt.datetime | None) -> list[dict[str, Any]]:
    """Wait for something new in Lightspeed and land it; returns the batches, none after an idle wait.

    Args:
        dag_run_id: the run.
        attempt: which try of the task this is, from 1; with the run it names the batches.
        previous_start: when the last successful run began: customers and products are asked for again once
            `reference_poll_seconds` have passed since then.
    """
    from include.forgetting import people
    from include.landing import ledger
    from include.landing.extract import Extractor
    from include.warehouse.client import bigquery_client, dataset_name, storage_hook

    settings = Settings.from_environment()
    warehouse, storage = bigquery_client(settings), storage_hook(settings)
    dataset = dataset_name(warehouse, settings)
    prepare(warehouse, storage, dataset, settings)
    shop = lightspeed(settings)
    forgotten = people.read(warehouse, dataset, settings.forget_key)
    extractor = Extractor(shop, storage, settings, dag_run_id, attempt, utc_now, forgotten)
    batches = extractor.wait(
        position=lambda stream: ledger.position(warehouse, dataset, stream, shop.series, utc_now()),
        references_checked_at=previous_start,
        sleep=time.sleep,
    )
    return [batch.to_xcom() for batch in batches]


def load(batches: list[dict[str, Any]]) -> dict[str, str]:
    """Load each batch into its staging tables; returns the newest job, for the link in the UI, if there was any."""
    from include.landing import load as loading
    from include.warehouse.client import bigquery_client, dataset_name

    settings = Settings.from_environment()
    warehouse = bigquery_client(settings)
    expires = utc_now() + dt.timedelta(hours=settings.staging_hours)
    jobs = [
        job_id
        for batch in map(Batch.from_xcom, batches)
        for job_id in loading.load(warehouse, dataset_name(warehouse, settings), batch, expires)
    ]
    return {"project": warehouse.project, "location": settings.location, "job_id": jobs[0]} if jobs else {}


def commit(batches: list[dict[str, Any]]) -> dict[str, str]:
    """Commit each batch in its own transaction, sales first; returns the newest job."""
    from include.landing import receipts
    from include.landing.commit import commit as commit_batch
    from include.warehouse.client import bigquery_client, dataset_name, storage_hook

    settings = Settings.from_environment()
    warehouse = bigquery_client(settings)
    dataset = dataset_name(warehouse, settings)
    landed = [Batch.from_xcom(batch) for batch in batches]
    jobs = [commit_batch(warehouse, dataset, batch, utc_now(), settings.forget_key) for batch in landed]
    storage = storage_hook(settings)
    for batch in landed:
        if receipts.write(warehouse, storage, dataset, batch) > batch.forgotten_known:
            _take_out_the_forgotten(warehouse, storage, dataset, batch, settings)
        _record_schema_changes(warehouse, dataset, batch, settings)
    return {"project": warehouse.project, "location": settings.location, "job_id": jobs[0]}


def _take_out_the_forgotten(warehouse: Any, storage: Any, dataset: str, batch: Batch, settings: Settings) -> None:
    """Somebody was forgotten whom the extract did not know of: the commit left them out, the objects have them."""
    from include.forgetting import people
    from include.forgetting.objects import Store
    from include.forgetting.records import LIGHTSPEED
    from include.forgetting.tables import Warehouse

    forgotten = people.read(warehouse, dataset, settings.forget_key)
    store = Store(storage, settings.landing_bucket)
    for name in store.names(batch.folder.removeprefix(f"gs://{settings.landing_bucket}/")):
        store.redact(name, forgotten)
    # Only the commits of Lightspeed's streams know forgotten people by themselves.
    if batch.source not in LIGHTSPEED:
        tables = Warehouse(warehouse, dataset)
        tables.clear(tables.table(batch.table), forgotten)


def _record_schema_changes(warehouse: Any, dataset: str, batch: Batch, settings: Settings) -> None:
    """The sales are there by now: nothing that goes wrong here may fail the task."""
    from include.alerts import Kind, alert
    from include.landing import schema_changes

    try:
        if new := schema_changes.record(warehouse, dataset, batch):
            alert(schema_changes.sentence(batch, new), settings.alert_conn_id, kind=Kind.SCHEMA)
    except Exception:
        log.exception("Schema changes of batch %s were not recorded or not told.", batch.batch_id)


def drop_staging(batches: list[dict[str, Any]]) -> None:
    """Remove the staging tables of the batches, whatever became of them, and any that earlier batches left."""
    from include.landing.load import drop, drop_leftovers
    from include.warehouse.client import bigquery_client, dataset_name

    settings = Settings.from_environment()
    warehouse = bigquery_client(settings)
    dataset = dataset_name(warehouse, settings)
    for batch in map(Batch.from_xcom, batches):
        drop(warehouse, dataset, batch)
        drop_leftovers(warehouse, dataset, batch)


def alert_of_committed(batches: list[dict[str, Any]]) -> None:
    """Raise an alert for each committed batch with rejected records or late sales."""
    from include.alerts import Kind, alert
    from include.landing.deadline import late_sales
    from include.warehouse.client import bigquery_client, dataset_name

    settings = Settings.from_environment()
    warehouse = bigquery_client(settings)
    dataset = dataset_name(warehouse, settings)
    for batch in map(Batch.from_xcom, batches):
        if batch.rejected:
            alert(_rejected_sentence(batch), settings.alert_conn_id, kind=Kind.REJECTED)
        if batch.stream == "sales" and batch.mode == "live":
            late = late_sales(warehouse, dataset, batch, settings.freshness_deadline_seconds)
            if late:
                alert(late.sentence(), settings.alert_conn_id, kind=Kind.FRESHNESS)


def _rejected_sentence(batch: Batch) -> str:
    return (
        f"{batch.rejected} of {batch.records} records of batch {batch.batch_id} did not fit their table: "
        f"see rejected_records for the reasons; nothing else waits for them."
    )


def prepare(warehouse: Any, storage: Any, dataset: str, settings: Settings) -> None:
    """Create the dataset, tables, views and bucket that a deployment lacks."""
    # Only a first deployment lacks a table; the bucket is looked for then, not in every run.
    from include.warehouse.tables import ensure

    if ensure(warehouse, dataset, settings.location):
        bucket = storage.get_conn().bucket(settings.landing_bucket)
        if not bucket.exists():
            bucket.create(location=settings.location)


def lightspeed(settings: Settings, environ: Mapping[str, str] = os.environ, share: float = 1.0) -> Any:
    """Client of the shop that the settings' connection, or the environment alone, describes.

    Args:
        settings: names of the connections.
        environ: the process environment.
        share: how much of the rate limit the client may use, where it can leave room to others.
    """
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    from include.lightspeed.connection import client_from_connection

    try:
        connection = Connection.get(settings.lightspeed_conn_id)
    except AirflowNotFoundException:
        connection = None
    return client_from_connection(
        connection,
        environ,
        clock=utc_now,
        sleep=time.sleep,
        google_headers=lambda: _google_headers(settings),
        rng=random.Random(),
        share=share,
    )


def _google_headers(settings: Settings) -> dict[str, str]:
    """Authorization of the Google connection, for Secret Manager."""
    from airflow.providers.google.common.hooks.base_google import GoogleBaseHook
    from google.auth.transport.requests import Request

    credentials = GoogleBaseHook(gcp_conn_id=settings.gcp_conn_id).get_credentials()
    if not credentials.valid:
        credentials.refresh(Request())
    headers: dict[str, str] = {}
    credentials.apply(headers)
    return headers
