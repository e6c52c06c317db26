"""Alerts: logged under their kind, posted to a chat, and never the reason that a task fails."""

from __future__ import annotations

import ast
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from include.alerts import Kind, alert, alert_failure
from tests.chat import connect

ROOT = Path(__file__).resolve().parents[1]
INSTANCE = SimpleNamespace(dag_id="d", task_id="t", run_id="r")


def kinds_given() -> dict[str, str]:
    """Where production code raises an alert -> the kind it gives, as written."""
    calls = {}
    for path in [*ROOT.glob("dags/*.py"), *ROOT.glob("include/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "alert":
                given = [keyword.value for keyword in node.keywords if keyword.arg == "kind"]
                calls[f"{path.name}:{node.lineno}"] = ast.unparse((given or [*node.args, ast.Constant("")])[-1])
    return calls


def test_every_alert_of_the_code_is_of_a_known_kind():
    known = {repr(str(kind)) for kind in Kind} | {f"Kind.{kind.name}" for kind in Kind}
    given = kinds_given()
    assert len(given) >= 2
    assert {place: kind for place, kind in given.items() if kind not in known} == {}


def test_an_alert_is_logged_under_its_kind_and_posted_to_the_webhook(webhook, monkeypatch, caplog):
    connect(monkeypatch, webhook.url, "T0/B0/secret")
    alert("Too late.", "chat", kind=Kind.FRESHNESS)
    assert webhook.posted == [("/services/T0/B0/secret", {"text": "Too late."})]
    assert "ALERT FRESHNESS: Too late." in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("host", ["broken", "http://127.0.0.1:1", "nowhere"])
def test_an_alert_that_is_not_taken_does_not_tell_the_webhooks_address(webhook, monkeypatch, caplog, host):
    connect(monkeypatch, f"{webhook.url}/broken" if host == "broken" else host, "T0/B0/secret")
    with pytest.raises(RuntimeError, match="did not take an alert") as caught:
        alert("Too late.", "chat", kind=Kind.FRESHNESS)
    monkeypatch.setenv("ALERT_CONN_ID", "chat")
    context: Any = {"ti": INSTANCE}
    alert_failure(context)
    assert "The alert of a failed task was not delivered." in caplog.text
    assert "T0/B0" not in "".join(traceback.format_exception(caught.value)) + caplog.text


def test_an_alert_is_one_line_whatever_it_quotes(caplog):
    alert("Odd field a\nALERT FRESHNESS: forged \x1b[2J", "", kind=Kind.SCHEMA)
    [line] = caplog.text.splitlines()
    assert "ALERT SCHEMA: Odd field a\\nALERT FRESHNESS: forged \\x1b[2J" in line


def test_without_a_connection_an_alert_is_logged_alone(webhook, caplog):
    alert("Too late.", "", kind="FRESHNESS")
    assert webhook.posted == []
    assert "ALERT FRESHNESS: Too late." in caplog.text


BROKEN: dict[str, tuple[Any, dict[str, str]]] = {
    "no task instance in the context": ({}, {}),
    "a context that is none": (None, {}),
    "no such connection": ({"ti": INSTANCE}, {"ALERT_CONN_ID": "missing"}),
    "a setting that is no number": ({"ti": INSTANCE}, {"STAGING_HOURS": "soon"}),
    "a webhook that does not answer": (
        {"ti": INSTANCE},
        {"ALERT_CONN_ID": "chat", "AIRFLOW_CONN_CHAT": '{"conn_type": "http", "host": "http://127.0.0.1:1"}'},
    ),
    "a webhook whose address is none": (
        {"ti": INSTANCE},
        {"ALERT_CONN_ID": "chat", "AIRFLOW_CONN_CHAT": '{"conn_type": "http", "host": "nowhere"}'},
    ),
}


@pytest.mark.parametrize(("context", "variables"), BROKEN.values(), ids=BROKEN.keys())
def test_the_callback_of_a_failed_task_cannot_fail(context, variables, monkeypatch, caplog):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    alert_failure(context)
    assert "The alert of a failed task was not delivered." in caplog.text


def test_a_failed_task_is_told_with_its_name_and_run(webhook, monkeypatch, caplog):
    connect(monkeypatch, webhook.url, "")
    monkeypatch.setenv("ALERT_CONN_ID", "chat")
    context: Any = {"ti": INSTANCE}
    alert_failure(context)
    [(_, body)] = webhook.posted
    assert body["text"].startswith("Task t of d failed in run r after all its retries")
    assert "ALERT FAILED_TASK: Task t of d" in caplog.text
