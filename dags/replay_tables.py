"""### Replay: any table of the landing made again from the raw objects alone.

For a table that was damaged or lost, for rows that an older parser misread, and for proof: a replay gives the same
rows, to the microsecond of `ingested_at`.

**How it runs.** By hand. `parse` reads the raw pages of every committed batch from Cloud Storage, through the
parsers that ingestion uses, into parts; `compare` makes the chosen tables from them beside the present ones and logs
what would change; `swap`, unless `dry_run` is on, puts them in the present ones' place in one transaction;
`clean` removes shadow tables and parts, whatever happened. Which batches were committed is told by the ledger; where
it lacks a batch, by the receipt `committed.json` in the batch's folder; where that is missing too, by the batch that
went on from it.

```bash
airflow dags trigger replay_tables --conf '{"tables": ["sales"], "first_day": "2026-11-01", "last_day": "2026-11-30"}'
airflow dags trigger replay_tables --conf '{"dry_run": false}'   # everything, for instance after the dataset was lost
```

**Parameters.** `tables`: all that can be made again, unless some are named. `first_day`, `last_day` (UTC): days of
`sales` and `sale_arrivals` by completion, of `rejected_records` and `ingest_batches` by commit; only these partitions
are compared and replaced. `dry_run` is on unless it is switched off.

**While ingestion runs.** Nothing is lost: `swap` takes ingestion's locks and looks at the ledger; when a batch was
committed since the raw objects were read, it writes nothing, catches up and tries again, 20 times. **After the
dataset was lost**, pause `lightspeed_to_bigquery` and `engagement_to_bigquery` first, run this with `dry_run` off, then
unpause: ingestion goes on at the cursor of the newest batch that has a receipt. `content_events` is not among the
tables, for its raw data is the GA4 export: `engagement_to_bigquery` reads that again (`read_again`).

**When it fails.** Tasks can be cleared and run again: parts that are there are not parsed again, each attempt of
`compare` has shadow tables of its own, and `swap` is one transaction. A committed batch whose objects are missing or
incomplete ends the replay with a sentence that names it; no table was changed then.

**Where to look.** The log of `compare`, one line a table. A task that has failed after all its retries raises an alert.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from include.replay import tasks
from include.replay.tables import TABLES, Scope, scope
from include.retries import retrying


def _scope() -> Scope:
    params = get_current_context()["params"]
    first, last = (params[name] and dt.date.fromisoformat(params[name]) for name in ("first_day", "last_day"))
    return scope(params["tables"], first, last)


@dag(
    schedule=None,
    start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    catchup=False,
    max_active_runs=1,
    description="Rebuilds tables from the raw objects in Cloud Storage, for a range of days or whole.",
    doc_md=__doc__,
    tags=["lightspeed", "ingestion"],
    params={
        "tables": Param(
            list(TABLES),
            type="array",
            items={"type": "string", "enum": list(TABLES)},
            examples=list(TABLES),
            minItems=1,
            uniqueItems=True,
            title="Tables",
            description="Tables to make again.",
        ),
        "first_day": Param(
            None,
            type=["null", "string"],
            format="date",
            title="First day",
            description="First day (UTC) to make again; empty: from the beginning.",
        ),
        "last_day": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Last day",
            description="Last day (UTC) to make again; empty: to the end.",
        ),
        "dry_run": Param(
            True,
            type="boolean",
            title="Dry run",
            description="Only tell what would change; off: change it.",
        ),
    },
    default_args=retrying("data-engineering"),
)
def replay_tables() -> None:
    """Wire the tasks."""

    @task(execution_timeout=dt.timedelta(hours=12))
    def parse() -> list[str]:
        return tasks.parse(get_current_context()["run_id"], _scope())

    @task(execution_timeout=dt.timedelta(hours=2))
    def compare(parts: list[str]) -> str:
        context = get_current_context()
        return tasks.compare(context["run_id"], context["ti"].try_number, _scope(), parts)

    @task(execution_timeout=dt.timedelta(hours=2))
    def swap(shadow: str) -> None:
        context = get_current_context()
        if context["params"]["dry_run"]:
            raise AirflowSkipException("A dry run changes nothing; the log of compare says what would change.")
        tasks.swap(context["run_id"], _scope(), shadow)

    @task(execution_timeout=dt.timedelta(minutes=30))
    def clean() -> None:
        tasks.clean(get_current_context()["run_id"], _scope())

    parts = parse()
    swap(compare(parts)) >> clean().as_teardown(setups=parts)


replay_tables()
