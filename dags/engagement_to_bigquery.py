"""### E-mail, web content and social activity: Gmail, the GA4 export and Meta's webhooks → BigQuery.

What customers do besides buying, in `email_events`, `content_events` and `social_events`: nothing is lost, nothing is
there twice, and no subject, text or token is kept anywhere.

**How it runs.** Hourly, one run at a time. Each source is a task group of its own: `extract` reads after the ledger's
cursor and lands what is new in Cloud Storage, `load` fills staging tables named after the batch, `commit` writes the
batch and its ledger row in one transaction, `drop_staging` removes the staging tables whatever happened. A source that
fails holds back no other one. A source that is not connected is skipped, and so is one that has nothing new.

- **email** reads what each mailbox's history says was added, headers From, To and Cc alone, with the scope
  `gmail.metadata`, which gives nobody a body. A mailbox that is new, or whose history Gmail has forgotten, is read
  whole, the newest messages first, a bounded batch an hour. When Gmail's quota is used up, what was read is kept and
  the next run goes on.
- **content** reads, by SQL alone, the tables of the GA4 export that are new or have changed: Google rewrites a day for
  up to three days, and an unfinished day is replaced by the finished one.
- **social** reads the objects that were dropped since the last run, and checks the signature where there is one.

**Needs.** The connection `google_cloud_default`. To connect a source (docs/deployment.md has the commands): the
connection `gmail_default` with the service account and, in its extra fields, `mailboxes`; the environment variable
`GA4_DATASET`; the connection `meta_webhooks_default` with the app secret as its password and, in its extra fields,
`prefix`.

**When it fails.** Each task retries with exponential back-off. A failed run harms nothing: the next one begins at the
ledger's cursor again, and a batch whose messages, days or events are there already changes nothing. Clearing old runs
is never needed.

**Alerts.** `FAILED_TASK` when a task has failed after all its retries, or a mailbox could not be read while others
were; `REJECTED` when records did not fit, a webhook with a wrong signature among them.

**Where to look.** `ingest_batches` (streams `email`, `content`, `social`), `rejected_records`. `replay_tables` makes
`email_events` and `social_events` again from the raw objects. `content_events`, whose raw data is the export, is made
again by reading that again, 100 days a run:

```bash
airflow dags trigger engagement_to_bigquery --conf '{"read_again": ["content"]}'
```
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from airflow.sdk import Asset, Context, Param, dag, get_current_context, task, task_group
from airflow.sdk.exceptions import AirflowSkipException

from include.engagement import tasks
from include.engagement.errors import NotConfigured
from include.landing import tasks as landing
from include.landing.links import JOB_XCOM_KEY, BigQueryJobLink
from include.retries import retrying

ENGAGEMENT = Asset("engagement")

SOURCES = ("email", "content", "social")
Extract = Callable[[str, int, bool], list[dict[str, Any]]]
"""Run, try, and whether to read the source from its beginning -> batches."""


def alert_of_committed(context: Context) -> None:
    """Callback of a successful commit."""
    group = context["ti"].task_id.rpartition(".")[0]
    landing.alert_of_committed(context["ti"].xcom_pull(task_ids=f"{group}.extract"))


@dag(
    schedule="50 * * * *",
    start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    catchup=False,
    max_active_runs=1,
    description="E-mails, web content and social activity of customers into BigQuery, hourly.",
    doc_md=__doc__,
    tags=["engagement", "ingestion"],
    params={
        "read_again": Param(
            [],
            type="array",
            items={"type": "string", "enum": list(SOURCES)},
            examples=list(SOURCES),
            title="Read again",
            description="Sources to read from their beginning, whatever was read before; none: only what is new.",
        ),
    },
    default_args=retrying("data-engineering"),
)
def engagement_to_bigquery() -> None:
    """Wire the tasks."""

    @task(execution_timeout=dt.timedelta(minutes=50))
    def extract(source: str) -> list[dict[str, Any]]:
        sources: dict[str, Extract] = {
            "email": tasks.extract_email,
            "content": tasks.extract_content,
            "social": tasks.extract_social,
        }
        context = get_current_context()
        again = source in context["params"]["read_again"]
        try:
            batches = sources[source](context["run_id"], context["ti"].try_number, again)
        except NotConfigured as error:
            raise AirflowSkipException(str(error)) from None
        if not batches:
            raise AirflowSkipException("Nothing new.")
        return batches

    @task(execution_timeout=dt.timedelta(minutes=15))
    def load(batches: list[dict[str, Any]]) -> None:
        get_current_context()["ti"].xcom_push(key=JOB_XCOM_KEY, value=landing.load(batches))

    @task(execution_timeout=dt.timedelta(minutes=15), outlets=[ENGAGEMENT], on_success_callback=alert_of_committed)
    def commit(batches: list[dict[str, Any]]) -> None:
        get_current_context()["ti"].xcom_push(key=JOB_XCOM_KEY, value=landing.commit(batches))

    @task(execution_timeout=dt.timedelta(minutes=5))
    def drop_staging(batches: list[dict[str, Any]]) -> None:
        landing.drop_staging(batches)

    for source in SOURCES:

        @task_group(group_id=source)
        def ingest(source: str) -> None:
            batches = extract(source)
            loaded, committed = load(batches), commit(batches)
            for linked in (loaded, committed):
                linked.operator.operator_extra_links = (BigQueryJobLink(),)
            loaded >> committed >> drop_staging(batches).as_teardown(setups=batches)

        ingest(source)


engagement_to_bigquery()
