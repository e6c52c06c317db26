"""Runs of `reconcile_sales` on Airflow itself: what runs after what, and what is skipped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from include.reconciliation import tasks
from tests.chat import connect
from tests.dags.reconcile_runs import BATCHES, CHECKS

ROOT = Path(__file__).resolve().parents[2]
Run = dict[str, Any]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    environment = os.environ | {"AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")), "PYTHONPATH": str(ROOT)}

    def python(*arguments: str) -> str:
        command = [sys.executable, "-W", "ignore", *arguments]
        return subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    python("-m", "airflow", "db", "migrate")
    return json.loads(python("tests/dags/reconcile_runs.py").splitlines()[-1])


@pytest.mark.airflow
def test_a_day_that_differs_is_read_again_committed_compared_again_and_told(runs: dict[str, Run]):
    run = runs["differs"]
    assert set(run["states"].values()) == {"success"}
    called = [name for name, *_ in run["called"]]
    assert called.index("record") > called.index("commit") > called.index("load") > called.index("reread")
    assert run["called"][0] == ["compare", "2026-01-01", "2026-01-02"]
    assert ["reread", CHECKS, run["run_id"], 1] in run["called"]
    assert ["record", CHECKS, BATCHES, run["run_id"], True] in run["called"]
    assert ["drop_staging", BATCHES] in run["called"]
    assert ["alert_remaining", "3 sales differ."] in run["called"]


@pytest.mark.airflow
@pytest.mark.parametrize(("name", "is_reread"), [("agrees", True), ("reports", False)])
def test_days_that_are_not_read_again_have_their_rows_all_the_same(runs: dict[str, Run], name: str, is_reread: bool):
    run = runs[name]
    skipped = {"reread", "load", "commit", "drop_staging"}
    assert {task for task, state in run["states"].items() if state == "skipped"} == skipped
    assert run["called"][0] == ["compare", "None", "None"]
    assert ["record", CHECKS, [], run["run_id"], is_reread] in run["called"]
    assert any(called == "reread" for called, *_ in run["called"]) is is_reread


@pytest.mark.airflow
def test_nothing_is_compared_while_the_history_is_being_loaded(runs: dict[str, Run]):
    assert set(runs["backfills"]["states"].values()) == {"skipped"}
    assert [called for called, *_ in runs["backfills"]["called"]] == ["compare"]


def test_what_remains_is_an_alert_of_its_kind(
    webhook: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    connect(monkeypatch, webhook.url, "T0/B0/secret")
    monkeypatch.setenv("ALERT_CONN_ID", "chat")
    tasks.alert_remaining("3 sales differ.")
    tasks.alert_remaining(None)
    assert [body for _, body in webhook.posted] == [{"text": "3 sales differ."}]
    assert "ALERT RECONCILIATION: 3 sales differ." in caplog.text
