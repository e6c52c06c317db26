"""Airflow's own API server as a process, with the repository's `plugins/` and nothing else of it."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from pathlib import Path

import httpx

from sandbox.process import free_port

REPOSITORY = Path(__file__).resolve().parents[2]
AIRFLOW = Path(sys.executable).with_name("airflow")
START_TIMEOUT_SECONDS = 300

READER, OUTSIDER, NOBODY = "reader", "outsider", "nobody"
PASSWORDS = {user: f"{user}-password" for user in (READER, OUTSIDER, NOBODY)}
"""READER may read the profiles; OUTSIDER has a role that does not allow it; NOBODY has an empty role."""

SIMPLE = {
    "AIRFLOW__CORE__AUTH_MANAGER": ("airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"),
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{READER}:viewer,{OUTSIDER}:no-such-role,{NOBODY}:",
}
FAB = {"AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"}


CLIENT = httpx.Client(timeout=60, trust_env=False, verify=False)
"""One for all requests: making one takes longer than a request."""


@dataclasses.dataclass(frozen=True)
class ApiServer:
    """A running API server; `api` is where the profile API is mounted."""

    url: str
    home: Path

    @property
    def api(self) -> str:
        return f"{self.url}/customer-profiles"

    @functools.cache  # noqa: B019 (a server lives as long as the tests)
    def token(self, user: str) -> str:
        credentials = {"username": user, "password": PASSWORDS[user]}
        answer = CLIENT.post(f"{self.url}/auth/token", json=credentials)
        answer.raise_for_status()
        return answer.json()["access_token"]

    def get(self, path: str, user: str | None = None, **kwargs) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token(user)}"} if user else {}
        return CLIENT.get(f"{self.api}{path}", headers=headers, **kwargs)


def airflow_environment(home: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of an Airflow process, without the surrounding one's Airflow and Google settings."""
    foreign = ("AIRFLOW", "_AIRFLOW", "BIGQUERY", "GOOGLE", "GCP", "CUSTOMER_PROFILES", "PYTHONPATH")
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(foreign)}
    passwords = home / "passwords.json"
    passwords.write_text(json.dumps(PASSWORDS))
    return inherited | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__API_AUTH__JWT_SECRET": "secret of the test servers only, long enough " * 2,
        **settings,
    }


def migrated_database(home: Path) -> Path:
    """A new metadata database, with the tables of both auth managers."""
    run(str(AIRFLOW), "db", "migrate", environment=airflow_environment(home, SIMPLE))
    return home / "airflow.db"


def create_fab_users(home: Path) -> None:
    """READER may read the profiles' DAG only; OUTSIDER may read another DAG only; NOBODY may read nothing."""
    environment = airflow_environment(home, FAB) | {"PASSWORDS": json.dumps(PASSWORDS)}
    users = [f"{READER}=customer_profiles", f"{OUTSIDER}=another_dag", f"{NOBODY}="]
    run(sys.executable, str(Path(__file__).with_name("fab_users.py")), *users, environment=environment)


def run(*command: str, environment: Mapping[str, str]) -> str:
    """Run a command of Airflow's environment to its end; the text it printed."""
    home = environment["AIRFLOW_HOME"]
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@contextlib.contextmanager
def running_api_server(home: Path, database: Path, settings: Mapping[str, str]) -> Generator[ApiServer]:
    """Start `airflow api-server` on a free port with a copy of `database`; stop it afterwards."""
    if not (home / "airflow.db").exists():
        shutil.copy(database, home / "airflow.db")
    port = free_port()
    command = [str(AIRFLOW), "api-server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    log = home / "api-server.log"
    with log.open("w") as stream:
        environment = airflow_environment(home, settings)
        process = subprocess.Popen(command, env=environment, cwd=home, stdout=stream, stderr=stream)
        try:
            server = ApiServer(f"http://127.0.0.1:{port}", home)
            _wait_until_it_answers(server, process, log)
            yield server
        finally:
            _stop(process)


def _wait_until_it_answers(server: ApiServer, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"The API server stopped:\n{log.read_text()[-4000:]}"
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{server.url}/api/v2/version", timeout=5).is_success:
                return
        time.sleep(0.2)
    raise AssertionError(f"The API server did not answer in time:\n{log.read_text()[-4000:]}")


def _stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
