"""Runs of `engagement_to_bigquery` on Airflow itself: no source holds back another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TASKS = ("extract", "load", "commit", "drop_staging")
Run = dict[str, Any]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    environment = os.environ | {"AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")), "PYTHONPATH": str(ROOT)}

    def python(*arguments: str) -> str:
        command = [sys.executable, "-W", "ignore", *arguments]
        return subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    python("-m", "airflow", "db", "migrate")
    return json.loads(python("tests/dags/engagement_runs.py").splitlines()[-1])


def states(run: Run, source: str) -> list[str]:
    return [run["states"][f"{source}.{task}"] for task in TASKS]


@pytest.mark.airflow
def test_each_source_is_loaded_committed_and_cleaned_up_after(runs: dict[str, Run]):
    run = runs["all"]
    assert set(run["states"].values()) == {"success"}
    for source in ("email", "content", "social"):
        done = [name for name, batch in run["called"] if batch == f"{source}_1"]
        assert done == ["load", "commit", "alert_of_committed", "drop_staging"]


@pytest.mark.airflow
def test_a_source_that_fails_holds_back_no_other(runs: dict[str, Run]):
    run = runs["away"]
    assert states(run, "email")[:3] == ["failed", "upstream_failed", "upstream_failed"]
    assert states(run, "content") == states(run, "social") == ["success"] * 4
    assert run["state"] == "failed"


@pytest.mark.airflow
def test_a_source_that_is_not_connected_or_has_nothing_new_is_skipped(runs: dict[str, Run]):
    run = runs["some"]
    assert states(run, "email") == states(run, "content") == ["skipped"] * 4
    assert states(run, "social") == ["success"] * 4
    assert run["state"] == "success"


@pytest.mark.airflow
def test_a_source_is_read_from_its_beginning_when_asked_for(runs: dict[str, Run]):
    committed = {batch for name, batch in runs["again"]["called"] if name == "commit"}
    assert committed == {"email_1", "content_1_again", "social_1"}
