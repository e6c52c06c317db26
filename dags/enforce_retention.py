"""### Retention: everything that is kept about people has a lifetime, and goes when it is over.

`include/retention/lifetimes.py` says how long rows, objects and short-lived tables are kept, and why;
`docs/privacy.md` has the table.

**How it runs.** Daily. `rows` deletes from the tables, `short_lived` removes staging, replay and training tables that
nothing else has removed, `objects` removes from the landing bucket (its own lifecycle rules come to the same),
`forgotten` takes the people who were forgotten out of every table, and of the objects of the last days, once more:
what was under way while they were forgotten may have written them again.

**When it fails.** The next run does it. Clearing a task does no harm.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import dag, task

from include.forgetting import tasks as forgetting
from include.landing.tasks import utc_now
from include.retention import tasks
from include.retries import retrying

SWEPT = dt.timedelta(days=3)
"""Objects of so long ago are looked at again: a run that missed a day does no harm."""


@dag(
    schedule="10 3 * * *",
    start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    catchup=False,
    max_active_runs=1,
    description="Removes rows, objects and tables whose lifetime is over, daily.",
    doc_md=__doc__,
    tags=["privacy"],
    default_args=retrying("data-protection"),
)
def enforce_retention() -> None:
    """Wire the tasks."""

    @task(execution_timeout=dt.timedelta(hours=1))
    def rows() -> dict[str, int]:
        return tasks.enforce_tables(utc_now())

    @task(execution_timeout=dt.timedelta(minutes=15))
    def short_lived() -> list[str]:
        return tasks.drop_short_lived(utc_now())

    @task(execution_timeout=dt.timedelta(hours=1))
    def objects() -> int:
        return tasks.remove_objects(utc_now())

    @task(execution_timeout=dt.timedelta(hours=2))
    def forgotten() -> int:
        return forgetting.sweep(utc_now() - SWEPT)

    rows()
    short_lived()
    objects()
    forgotten()


enforce_retention()
