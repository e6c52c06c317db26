"""Runs `reconcile_sales` on Airflow with tasks that do nothing, and prints, as JSON, what became of each run.

Run as `python tests/dags/reconcile_runs.py`, the repository on the path and a migrated `AIRFLOW_HOME`.
"""

from __future__ import annotations

import json
from typing import Any

from dags import reconcile_sales
from include.landing import tasks as landing
from include.reconciliation import tasks

CHECKS = [{"day": "2026-01-01"}]
BATCHES = [{"batch_id": "sales_reread_00000001"}]
JOB = {"project": "p", "location": "US", "job_id": "j"}


def run(checks: list[dict[str, Any]] | None, batches: list[dict[str, Any]], **params: Any) -> dict[str, Any]:
    """One run; returns the tasks' states and what was called, in order, with its arguments.

    Args:
        checks: what the comparison returns.
        batches: what reading again returns.
        params: params of the run.
    """
    called: list[list[Any]] = []

    def stand_in(name: str, answer: Any) -> Any:
        def call(*arguments: Any) -> Any:
            called.append([name, *(str(each) if name == "compare" else each for each in arguments)])
            return answer

        return call

    said = "3 sales differ." if batches else None
    for module, name, answer in (
        (tasks, "compare", checks),
        (tasks, "reread", batches),
        (landing, "load", JOB),
        (landing, "commit", JOB),
        (landing, "drop_staging", None),
        (tasks, "record", said),
        (tasks, "alert_remaining", None),
    ):
        setattr(module, name, stand_in(name, answer))
    done = reconcile_sales.reconcile_sales().test(run_conf=params)
    states = {instance.task_id: str(instance.state) for instance in done.get_task_instances()}
    return {"run_id": done.run_id, "states": states, "called": called}


def main() -> None:
    """The runs that the tests look at."""
    span = {"first_day": "2026-01-01", "last_day": "2026-01-02"}
    runs = {
        "differs": run(CHECKS, BATCHES, **span),
        "agrees": run(CHECKS, []),
        "reports": run(CHECKS, BATCHES, reread=False),
        "backfills": run(None, []),
    }
    print("\n" + json.dumps(runs))


if __name__ == "__main__":
    main()
