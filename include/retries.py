"""How often and when a task is tried again: the default arguments that DAGs share."""

from __future__ import annotations

import datetime as dt
from typing import Any

from include.alerts import alert_failure


def retrying(
    owner: str,
    retries: int = 3,
    first_delay: dt.timedelta = dt.timedelta(seconds=10),
    longest_delay: dt.timedelta = dt.timedelta(minutes=5),
) -> dict[str, Any]:
    """Default arguments of a DAG: retries with growing delays, and an alert after the last one.

    Args:
        owner: team that the Airflow UI names as the tasks' owner.
        retries: attempts after the first.
        first_delay: wait before the second attempt; it doubles with each further one.
        longest_delay: what it never exceeds.
    """
    return {
        "owner": owner,
        "retries": retries,
        "retry_delay": first_delay,
        "retry_exponential_backoff": True,
        "max_retry_delay": longest_delay,
        "on_failure_callback": alert_failure,
    }
