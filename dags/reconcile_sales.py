"""### Reconciliation: every day's sales in BigQuery held against Lightspeed, and read again where they differ.

Ingestion follows what Lightspeed says has changed. What Lightspeed does not say (an edit that moves no version and
no time, a sale that was deleted, a record that came late and was missed) is found here.

**How it runs.** Hourly. `compare` reads the last `RECONCILE_RECENT_DAYS` (3) days, up to ten days that did not
agree in an earlier run, and a part of the history, so that every day is looked at again within
`RECONCILE_WITHIN_DAYS` (30); sale by sale it compares lines, amount and time of completion with the table `sales`.
Days are UTC days of completion, voided sales are left out. What changed within `RECONCILE_GRACE_SECONDS` (900) is
in flight and counts as no difference. `reread` lands the days that differ as one batch of the stream
`sales_reread`, with the sales that only the table has on them, which are asked for by id: one that was moved goes
to its other day, one that was reopened or deleted leaves the table (its tombstone is in the batch's raw objects).
`load`, `commit` and `drop_staging` are those of ingestion: one transaction with a ledger row, and a state that is
older than the known one replaces nothing. `record` compares those days once more and writes a row a day to
`reconciliation_runs`. While the shop's history is still being loaded, a run is skipped.

**Parameters.** `first_day` and `last_day` (YYYY-MM-DD) compare these days instead, 92 at most; `reread` off only
reports.

**What a run costs.** A shop of 3,000 sales of three lines a day and a year of history compares four days a run.
X-Series: 8 requests and 8.2 MB of JSON a day, so 32 requests and 33 MB a run (a shop with one register may send 350
requests in five minutes). R-Series: 30 requests of 2.0 drips and 10.9 MB a day, so 120 requests, 44 MB and 240 of
the 3,600 drips of an hour; they fill no more than half of the bucket, the rest is left to new sales. BigQuery: one
query of one partition a day (about 1 MB read, the minimum of 10 MB billed), three small ones and an INSERT a day.
A day that differs is read twice more: for the batch and to compare again. A run begins to read no further day again
after `RECONCILE_MAX_SALES` (20,000) records; the others have `deferred` in their row and are read by the next runs.

**When it fails.** Tasks can be cleared and run again: a batch is admitted once, a day's row is written once a run.
Nothing depends on a run; the next one compares anew.

**Alerts.** When sales still differ at the end, one sentence with the number of days, the first day and some of its
sales goes where ingestion's alerts go (`ALERT RECONCILIATION:` in the log of `record`, and the webhook of
`ALERT_CONN_ID`), and so does a task that has failed after all its retries.

**Where to look.** `reconciliation_status` (the newest comparison of each day, for BI) → `reconciliation_runs` (all
of them, before and after, with the ids of sales) → `ingest_batches` by `batch_id` (raw objects) and `sales` or
`sale_versions` by `sale_id`. `rejected_sales` above zero: `rejected_records`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from airflow.sdk import Asset, Context, Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from include.landing import tasks as landing
from include.landing.links import JOB_XCOM_KEY, BigQueryJobLink
from include.reconciliation import tasks
from include.retries import retrying

SALES = Asset("sales")


def alert_remaining(context: Context) -> None:
    """Callback of a successful record."""
    tasks.alert_remaining(context["ti"].xcom_pull(task_ids="record"))


def _day(name: str) -> dt.date | None:
    given = get_current_context()["params"][name]
    return dt.date.fromisoformat(given) if given else None


@dag(
    schedule="20 * * * *",
    start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    catchup=False,
    max_active_runs=1,
    description="Each day's sales in BigQuery compared with Lightspeed, and read again where they differ.",
    doc_md=__doc__,
    tags=["lightspeed", "ingestion"],
    params={
        "first_day": Param(
            None,
            type=["null", "string"],
            format="date",
            title="First day",
            description="First day (UTC) to compare; empty: the days that are due.",
        ),
        "last_day": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Last day",
            description="Last day (UTC) to compare, with a first day; empty: today.",
        ),
        "reread": Param(
            True,
            type="boolean",
            title="Read again",
            description="Read days that differ again; off: only report them.",
        ),
    },
    default_args=retrying("data-engineering"),
)
def reconcile_sales() -> None:
    """Wire the tasks."""

    @task(execution_timeout=dt.timedelta(minutes=50))
    def compare() -> list[dict[str, Any]]:
        checks = tasks.compare(_day("first_day"), _day("last_day"))
        if checks is None:
            raise AirflowSkipException("The shop's history is still being loaded: there is nothing to compare yet.")
        return checks

    @task(execution_timeout=dt.timedelta(minutes=50))
    def reread(checks: list[dict[str, Any]]) -> list[dict[str, Any]]:
        context = get_current_context()
        wanted = context["params"]["reread"]
        batches = tasks.reread(checks, context["run_id"], context["ti"].try_number) if wanted else []
        if not batches:
            raise AirflowSkipException("No day differs, or the run only reports.")
        return batches

    @task(execution_timeout=dt.timedelta(minutes=15))
    def load(batches: list[dict[str, Any]]) -> None:
        get_current_context()["ti"].xcom_push(key=JOB_XCOM_KEY, value=landing.load(batches))

    @task(execution_timeout=dt.timedelta(minutes=15), outlets=[SALES])
    def commit(batches: list[dict[str, Any]]) -> None:
        get_current_context()["ti"].xcom_push(key=JOB_XCOM_KEY, value=landing.commit(batches))

    @task(execution_timeout=dt.timedelta(minutes=5))
    def drop_staging(batches: list[dict[str, Any]]) -> None:
        landing.drop_staging(batches)

    @task(
        execution_timeout=dt.timedelta(minutes=30),
        trigger_rule="none_failed",
        on_success_callback=alert_remaining,
    )
    def record(checks: list[dict[str, Any]] | None) -> str | None:
        context = get_current_context()
        if checks is None:
            raise AirflowSkipException("Nothing was compared.")
        batches = context["ti"].xcom_pull(task_ids="reread") or []
        return tasks.record(checks, batches, context["run_id"], context["params"]["reread"])

    checks = compare()
    batches = reread(checks)
    loaded, committed = load(batches), commit(batches)
    for linked in (loaded, committed):
        linked.operator.operator_extra_links = (BigQueryJobLink(),)
    loaded >> committed >> [record(checks), drop_staging(batches).as_teardown(setups=batches)]


reconcile_sales()
