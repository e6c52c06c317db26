"""Runs `engagement_to_bigquery` on Airflow with tasks that do nothing, and prints, as JSON, what became of each run.

Run as `python tests/dags/engagement_runs.py`, the repository on the path and a migrated `AIRFLOW_HOME`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from dags import engagement_to_bigquery
from include.engagement import tasks
from include.engagement.errors import NotConfigured, SourceUnavailable
from include.landing import tasks as landing

JOB = {"project": "p", "location": "US", "job_id": "j"}


def brings(stream: str) -> Callable[[str, int, bool], list[dict[str, Any]]]:
    """An extract that lands a batch."""
    return lambda _, attempt, again: [{"batch_id": f"{stream}_{attempt}{'_again' if again else ''}"}]


def fails(*_: Any) -> list[dict[str, Any]]:
    """An extract whose source is away."""
    raise SourceUnavailable("The source does not answer.")


def unconnected(*_: Any) -> list[dict[str, Any]]:
    """An extract whose source is not connected."""
    raise NotConfigured("The source is not connected.")


def quiet(*_: Any) -> list[dict[str, Any]]:
    """An extract with nothing new."""
    return []


def run(email: Any, content: Any, social: Any, **params: Any) -> dict[str, Any]:
    """One run; returns the tasks' states and the batches that each of the landing's tasks was called with."""
    called: list[list[Any]] = []

    def stand_in(name: str, answer: Any) -> Any:
        def call(batches: Any) -> Any:
            called.append([name, batches[0]["batch_id"]])
            return answer

        return call

    for name, extract in (("extract_email", email), ("extract_content", content), ("extract_social", social)):
        setattr(tasks, name, extract)
    for name, answer in (("load", JOB), ("commit", JOB), ("drop_staging", None), ("alert_of_committed", None)):
        setattr(landing, name, stand_in(name, answer))
    dag = engagement_to_bigquery.engagement_to_bigquery()
    for each in dag.tasks:
        each.retries = 0
    done = dag.test(run_conf=params)
    states = {instance.task_id: str(instance.state) for instance in done.get_task_instances()}
    return {"state": str(done.state), "states": states, "called": called}


def main() -> None:
    """The runs that the tests look at."""
    email, content, social = (brings(stream) for stream in ("email", "content", "social"))
    runs = {
        "all": run(email, content, social),
        "away": run(fails, content, social),
        "some": run(quiet, unconnected, social),
        "again": run(email, content, social, read_again=["content"]),
    }
    print("\n" + json.dumps(runs))


if __name__ == "__main__":
    main()
