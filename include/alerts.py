"""Alerts: one sentence to whoever watches the shop, by log and by a chat's incoming webhook."""

from __future__ import annotations

import logging

import requests

log = logging.getLogger(__name__)

SECONDS = 10


def alert(sentence: str, conn_id: str) -> None:
    """Log a sentence as an error and, with a connection, post it as `{"text": …}`.

    Slack, Google Chat and Mattermost take this form. The connection's host is the webhook's address; its
    password, if it has one, is the secret last part of it.

    Raises:
        requests.RequestException: the webhook did not take it; the log has the sentence all the same.
    """
    log.error("ALERT: %s", sentence)
    if conn_id:
        answer = requests.post(_address(conn_id), json={"text": sentence}, timeout=SECONDS)
        answer.raise_for_status()


def _address(conn_id: str) -> str:
    from airflow.sdk import Connection

    connection = Connection.get(conn_id)
    host = (connection.host or "").rstrip("/")
    return f"{host}/{connection.password}" if connection.password else host
