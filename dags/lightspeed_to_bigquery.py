"""### Sales, customers and products: Lightspeed Retail → Cloud Storage → BigQuery.

A completed sale is queryable in `sales` within 60 seconds; none is lost, none is there twice.

**How it runs.** Continuously, one run at a time. `extract` asks Lightspeed every few seconds for what
changed after the ledger's watermark. As soon as something has, it lands raw pages and typed rows in Cloud
Storage; `load` fills staging tables named after the batch; `commit` replaces the batch's records and writes
the ledger row in one transaction, and emits the asset `sales`; `drop_staging` removes the staging tables
whatever happened. With nothing new, `extract` ends by itself (skipped, not failed) and the next run begins.
The first runs backfill the shop's history in bounded batches.

**Needs.** The connection `google_cloud_default`; the connection `lightspeed_default`, or for X-Series the
environment variable `LIGHTSPEED_TOKEN` with `LIGHTSPEED_DOMAIN_PREFIX`. Dataset, tables and bucket are
created when they are missing. Settings are environment variables: see `include/settings.py`.

**When it fails.** Each task retries with exponential back-off and takes up where it was: objects, staging
tables and jobs have deterministic names, and the ledger admits a batch once, in order. A failed run harms
nothing: the next one begins at the ledger's watermark again. Clearing old runs is never needed.

**Alerts.** When a sale of a live batch became queryable later than `FRESHNESS_DEADLINE_SECONDS` (60) after its
completion, when records were rejected, and when a task has failed after all its retries, an error beginning
with `ALERT <kind>:` is in the task's log, and a message goes to the chat webhook that the connection named by
`ALERT_CONN_ID` holds (host: its address; password: the secret last part of it). These are callbacks that run after
the task's outcome is settled: an alert that cannot be delivered fails nothing. Airflow's own Deadline Alerts do not
fit: they count from the start of a run, and here a run begins before the sale that it waits for.

**Where to look.** `sales_freshness` (seconds from completion to queryable), `ingest_batches` (the ledger),
`rejected_records` (what did not fit, with reason and raw object), `schema_changes` (what Lightspeed sends and does
not document, or no longer sends; each is told once by an alert of kind SCHEMA). Pause the DAG to stop ingestion;
unpausing catches up. `replay_tables` makes any of the tables again from the raw objects.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from airflow.sdk import Asset, Context, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from include.landing import tasks
from include.landing.links import JOB_XCOM_KEY, BigQueryJobLink
from include.retries import retrying

SALES = Asset("sales")


def alert_of_committed(context: Context) -> None:
    """Callback of a successful commit."""
    tasks.alert_of_committed(context["ti"].xcom_pull(task_ids="extract"))


@dag(
    schedule="@continuous",
    start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    catchup=False,
    max_active_runs=1,
    description="Lightspeed sales, customers and products into BigQuery within 60 seconds.",
    doc_md=__doc__,
    tags=["lightspeed", "ingestion"],
    default_args=retrying(
        "data-engineering", retries=4, first_delay=dt.timedelta(seconds=2), longest_delay=dt.timedelta(minutes=2)
    ),
)
def lightspeed_to_bigquery() -> None:
    """Wire the tasks."""

    @task(execution_timeout=dt.timedelta(hours=1))
    def extract() -> list[dict[str, Any]]:
        context = get_current_context()
        batches = tasks.extract(context["run_id"], context["ti"].try_number, context["prev_start_date_success"] or None)
        if not batches:
            raise AirflowSkipException("Nothing new in Lightspeed.")
        return batches

    @task(execution_timeout=dt.timedelta(minutes=15))
    def load(batches: list[dict[str, Any]]) -> None:
        get_current_context()["ti"].xcom_push(key=JOB_XCOM_KEY, value=tasks.load(batches))

    @task(execution_timeout=dt.timedelta(minutes=15), outlets=[SALES], on_success_callback=alert_of_committed)
    def commit(batches: list[dict[str, Any]]) -> None:
        get_current_context()["ti"].xcom_push(key=JOB_XCOM_KEY, value=tasks.commit(batches))

    @task(execution_timeout=dt.timedelta(minutes=5))
    def drop_staging(batches: list[dict[str, Any]]) -> None:
        tasks.drop_staging(batches)

    batches = extract()
    loaded, committed = load(batches), commit(batches)
    for linked in (loaded, committed):
        linked.operator.operator_extra_links = (BigQueryJobLink(),)
    loaded >> committed >> drop_staging(batches).as_teardown(setups=batches)


lightspeed_to_bigquery()
