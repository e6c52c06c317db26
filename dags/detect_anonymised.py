"""### Customers whom Lightspeed itself has anonymised or deleted are forgotten here too.

R-Series anonymises a customer by naming them "Customer [70]" and archiving them; X-Series deletes them (`deleted_at`).
Both arrive with the next sync of customers.

**How it runs.** Hourly. `detect` looks at the table `customers`; `forget` starts a run of `forget_customer` for each
one found, with `dry_run` off. A run has a name made of a keyed hash, so each customer's is started once; the
customer's row goes with it, so nobody is found again.

**When it fails.** The next run looks again. A run of `forget_customer` that failed is cleared there.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import dag, task

from include.forgetting import tasks
from include.retries import retrying


@dag(
    schedule="40 * * * *",
    start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    catchup=False,
    max_active_runs=1,
    description="Forgets the customers whom Lightspeed has anonymised or deleted.",
    doc_md=__doc__,
    tags=["privacy", "lightspeed"],
    default_args=retrying("data-protection"),
)
def detect_anonymised() -> None:
    """Wire the tasks."""

    @task(execution_timeout=dt.timedelta(minutes=10))
    def detect() -> list[dict[str, Any]]:
        return [
            {
                "trigger_run_id": tasks.run_name(**customer),
                "conf": {**customer, "reason": "lightspeed_anonymised", "dry_run": False},
            }
            for customer in tasks.anonymised()
        ]

    TriggerDagRunOperator.partial(
        task_id="forget",
        trigger_dag_id="forget_customer",
        skip_when_already_exists=True,
        execution_timeout=dt.timedelta(minutes=10),
    ).expand_kwargs(detect())


detect_anonymised()
