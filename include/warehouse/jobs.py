"""Jobs under deterministic ids: a retry finds the job that a killed attempt has started, and goes on with it.

`jobs.insert` answers 409 Already Exists to an id that it has seen (BigQuery, "Generate a job ID").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.cloud import bigquery

    Job = bigquery.QueryJob | bigquery.LoadJob

_ATTEMPTS = 20


def run_once(client: bigquery.Client, job_id: str, start: Callable[[str], Any]) -> Any:
    """Start a job under `job_id`, or wait for the one that has the id already; returns the finished job.

    Args:
        client: BigQuery client.
        job_id: name that says what the job does and to what; equal work has an equal name.
        start: starts the job under the id that it is given.

    Raises:
        google.api_core.exceptions.GoogleAPICallError: the job ran and failed. A job of the name that had
            failed earlier is not that: a further attempt runs under `<job_id>_<n>`.
    """
    from google.api_core.exceptions import Conflict

    for attempt in range(_ATTEMPTS):
        name = job_id if attempt == 0 else f"{job_id}_{attempt}"
        try:
            job = start(name)
        except Conflict:
            job = client.get_job(name, location=client.location)
            if job.done() and job.error_result:
                continue
        job.result()
        return job
    raise RuntimeError(f"Job {job_id} has failed {_ATTEMPTS} times; see its attempts in BigQuery's job history.")


def parameters(values: dict[str, tuple[str, Any]]) -> list[Any]:
    """Named query parameters from `{name: (BigQuery type, value)}`; `ARRAY<T>` types take lists."""
    from google.cloud import bigquery

    return [
        bigquery.ArrayQueryParameter(name, kind[len("ARRAY<") : -1], value)
        if kind.startswith("ARRAY<")
        else bigquery.ScalarQueryParameter(name, kind, value)
        for name, (kind, value) in values.items()
    ]
