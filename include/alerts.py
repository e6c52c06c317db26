"""Alerts: one sentence to whoever watches the shop, by log and by a chat's incoming webhook.

Each alert has a kind. Its line in the log begins with `ALERT <kind>:`, which is what the cloud's alert policies
look for (`deploy/terraform/alerts.tf`), and each kind has its runbook in `docs/operations.md`.
"""

from __future__ import annotations

import enum
import logging
from typing import TYPE_CHECKING

from include.settings import Settings

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

SECONDS = 10


class Kind(enum.StrEnum):
    """What an alert is about."""

    FRESHNESS = "FRESHNESS"
    """A live sale became queryable later than promised."""
    FAILED_TASK = "FAILED_TASK"
    """A task has failed after all its retries."""
    REJECTED = "REJECTED"
    """Records did not fit and lie in `rejected_records`."""
    RECONCILIATION = "RECONCILIATION"
    """A day's sales differ from the shop's own account."""
    SCHEMA = "SCHEMA"
    """Lightspeed sends a shape that was not seen before, or a table is not as its file says."""
    MODEL = "MODEL"
    """A model's predictions have become worse than promised, or badly calibrated."""
    QUALITY = "QUALITY"
    """A check beside a table has failed."""


def alert(sentence: str, conn_id: str, kind: str) -> None:
    """Log a sentence as an error and, with a connection, post it as `{"text": …}`.

    Slack, Google Chat and Mattermost take this form. The connection's host is the webhook's address; its
    password, if it has one, is the secret last part of it.

    Args:
        sentence: what has happened, where, and what to do.
        conn_id: connection of the webhook; empty: the alert is only logged.
        kind: one of `Kind`.

    Raises:
        RuntimeError: the webhook did not take it; the log has the sentence all the same. The webhook's address,
            which is its password, is not told.
    """
    # One line, whatever the sentence quotes: a second one could be taken for another alert.
    log.error("ALERT %s: %s", kind, sentence if sentence.isprintable() else ascii(sentence)[1:-1])
    if conn_id:
        _post(conn_id, sentence)


def alert_failure(context: Context) -> None:
    """Callback of every task that has failed for good; whatever goes wrong in it is logged and goes no further."""
    try:
        instance = context["ti"]
        sentence = (
            f"Task {instance.task_id} of {instance.dag_id} failed in run {instance.run_id} after all its retries: "
            f"see its log in Airflow."
        )
        alert(sentence, Settings.from_environment().alert_conn_id, kind=Kind.FAILED_TASK)
    except Exception:
        log.exception("The alert of a failed task was not delivered.")


def _post(conn_id: str, sentence: str) -> None:
    import requests

    try:
        answer = requests.post(_address(conn_id), json={"text": sentence}, timeout=SECONDS, allow_redirects=False)
        problem = "" if answer.status_code < 300 else f"status {answer.status_code}"
    except requests.RequestException as error:
        problem = type(error).__name__
    if problem:
        raise RuntimeError(f"The webhook of connection {conn_id} did not take an alert ({problem}): check its address.")


def _address(conn_id: str) -> str:
    from airflow.sdk import Connection

    connection = Connection.get(conn_id)
    host = (connection.host or "").rstrip("/")
    return f"{host}/{connection.password}" if connection.password else host
