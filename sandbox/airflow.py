"""Airflow on this machine: scheduler, DAG processor and API server as processes, driven over its REST API."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from deploy import settings
from sandbox.process import SandboxError, Service
from sandbox.stack import ROOT, Stack

USER = "admin"


class Airflow:
    """An Airflow whose tasks run in processes of the scheduler; its metadata are in SQLite under `home`.

    Args:
        stack: the services that its DAGs talk to.
        home: AIRFLOW_HOME.
        variables: further environment variables of its processes, which may name another database.
    """

    def __init__(self, stack: Stack, home: Path, variables: dict[str, str]) -> None:
        self._stack = stack
        self._home = home
        self._password = _password(home)
        self._session = requests.Session()
        self.url = f"http://127.0.0.1:{stack.ports.airflow}"
        self.environment = {**stack.environment(), **self._configuration(), **variables}

    def migrate(self) -> subprocess.Popen[bytes]:
        """Begin to make or upgrade the metadata database; the process ends when that is done."""
        log = (self._home / "migrate.log").open("wb")
        return subprocess.Popen(
            [_airflow(), "db", "migrate"],
            env={**os.environ, **self.environment},
            stdout=log,
            stderr=subprocess.STDOUT,
        )

    def start(self) -> None:
        """Start the three components, log in, and make the pools that a deployment has."""
        port = self._stack.ports.airflow
        health = f"{self.url}/api/v2/monitor/health"
        self._stack.processes.start(
            self._service("airflow", ["api-server", "--port", str(port), "--workers", "1"], [port], health),
            self._service("scheduler", ["scheduler"], [], health),
            self._service("dag-processor", ["dag-processor"], [], health),
        )
        self._session.headers["Authorization"] = f"Bearer {self.token()}"
        self._make_pools()

    def token(self) -> str:
        """A token of the administrator, as any client of the REST API gets one."""
        answer = requests.post(
            f"{self.url}/auth/token", json={"username": USER, "password": self._password}, timeout=30
        )
        answer.raise_for_status()
        return answer.json()["access_token"]

    @property
    def password(self) -> str:
        """The administrator's password in this sandbox."""
        return self._password

    def unpause(self, dag_id: str, timeout: float = 120) -> None:
        """Let a DAG run, once the DAG processor has found it."""
        self._pause(dag_id, paused=False, timeout=timeout)

    def pause(self, dag_id: str) -> None:
        """Start no further runs of a DAG."""
        self._pause(dag_id, paused=True, timeout=30)

    def first_run(self, dag_id: str, timeout: float = 60) -> str:
        """Id of the first run of a DAG, waited for: its schedule starts it once the DAG is unpaused."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            runs = self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns?order_by=run_after&limit=1")["dag_runs"]
            if runs:
                return runs[0]["dag_run_id"]
            time.sleep(0.5)
        raise SandboxError(f"Airflow has started no run of {dag_id} after {timeout:.0f} s; see {self.url}.")

    def run_state(self, dag_id: str, run_id: str) -> str:
        """State of a run."""
        return self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")["state"]

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str | None]:
        """State of each task of a run; mapped tasks as `task[index]`."""
        answer = self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=200")
        return {
            task["task_id"] + (f"[{task['map_index']}]" if task["map_index"] >= 0 else ""): task["state"]
            for task in answer["task_instances"]
        }

    def runs(self, dag_id: str, since: dt.datetime) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
        """Finished runs of a DAG that began at or after `since`, each with its task instances, as the API has them."""
        query = f"state=success&state=failed&start_date_gte={quote(since.isoformat())}&order_by=-run_after&limit=100"
        runs = self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns?{query}")["dag_runs"]
        path = f"/api/v2/dags/{dag_id}/dagRuns/{{}}/taskInstances"
        return [(run, self._call("GET", path.format(run["dag_run_id"]))["task_instances"]) for run in runs]

    def _make_pools(self) -> None:
        pools = [dataclasses.asdict(pool) for pool in settings.read().pools]
        create = {"action": "create", "entities": pools, "action_on_existence": "overwrite"}
        made = self._call("PATCH", "/api/v2/pools", json={"actions": [create]})
        if len(made["create"]["success"]) != len(pools):
            raise SandboxError(f"Airflow did not make the pools of deploy/composer.toml: {made['create']['errors']}")

    def _pause(self, dag_id: str, *, paused: bool, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while True:
            url = f"{self.url}/api/v2/dags/{dag_id}"
            answer = self._session.patch(url, json={"is_paused": paused}, timeout=30)
            if answer.ok:
                return
            self._stack.processes.check()
            if time.monotonic() > deadline:
                raise SandboxError(f"Airflow does not know the DAG {dag_id} after {timeout:.0f} s: {answer.text}")
            time.sleep(0.5)

    def _call(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        answer = self._session.request(method, self.url + path, timeout=30, **arguments)
        if not answer.ok:
            raise SandboxError(f"Airflow answered {answer.status_code} to {method} {path}: {answer.text[:300]}")
        return answer.json()

    def _service(self, name: str, arguments: list[str], ports: list[int], health: str) -> Service:
        return Service(
            name=name,
            command=[_airflow(), *arguments],
            ports=ports,
            health_url=health,
            environment=self.environment,
            start_seconds=180,
        )

    def _configuration(self) -> dict[str, str]:
        return {
            "AIRFLOW_HOME": str(self._home),
            # airflow_local_settings.py: what configuration cannot reach in Google's clients
            "PYTHONPATH": f"{ROOT / 'sandbox' / 'airflow_config'}:{ROOT}",
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(_passwords_file(self._home)),
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__SECRET_KEY": self._password,
            "AIRFLOW__API_AUTH__JWT_SECRET": self._password * 4,
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "60",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO",
        }


def _airflow() -> str:
    return str(Path(sys.executable).parent / "airflow")


def _passwords_file(home: Path) -> Path:
    return home / "passwords.json"


def _password(home: Path) -> str:
    """The administrator's password: made once, kept beside the metadata."""
    home.mkdir(parents=True, exist_ok=True)
    file = _passwords_file(home)
    if not file.exists():
        file.write_text(json.dumps({USER: secrets.token_urlsafe(16)}))
        file.chmod(0o600)
    return json.loads(file.read_text())[USER]
