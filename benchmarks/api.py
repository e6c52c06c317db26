"""Speed of the profile API on Airflow's own API server, beside a route behind the same guard that does nothing.

Airflow's metadata are in PostgreSQL, as on Composer; profiles are in the local BigQuery. Warm profiles and the
other route are asked in turns, so that what else the machine does weighs on both. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import jinja2
import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from benchmarks.http_load import Load, ask
from include.warehouse.sql import render
from sandbox.postgres import Postgres
from sandbox.process import Service
from sandbox.stack import PROJECT, ROOT, Ports, Stack

DATASET = f"{PROJECT}.livhana_prod"
CUSTOMERS, WARM, COLD = 3000, 500, 5
API = "/customer-profiles/v1"
USER = "reader"


def main() -> None:
    """Start the services, measure, print."""
    parser = argparse.ArgumentParser(prog="make bench-api", description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=32, help="connections at once")
    parser.add_argument("--turns", type=int, default=5, help="turns of each route")
    parser.add_argument("--seconds", type=float, default=4, help="seconds of a turn")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Postgres() as postgres,
        Stack(Path(folder), Ports.free()) as stack,
    ):
        stack.start_warehouse()
        fill(stack)
        server = Server(stack, Path(folder) / "airflow", postgres.url)
        figures = measure(server, options.clients, options.turns, options.seconds)
    print(json.dumps(figures))


def fill(stack: Stack) -> None:
    """The tables that the API reads, with `CUSTOMERS` profiles."""
    client = bigquery.Client(
        project=PROJECT, credentials=AnonymousCredentials(), client_options={"api_endpoint": stack.bigquery_url}
    )
    client.create_dataset(DATASET)
    tables = ("customer_profiles_v1", "forgotten_customers", "customers", "customer_objections")
    views = ("customer_profiles/view.sql", "opted_out_customers/view.sql")
    for path in (*(f"{name}/table.sql" for name in tables), *views):
        client.query_and_wait(render(path, dataset=DATASET))
    text = (ROOT / "benchmarks" / "sql" / "many_profiles.sql").read_text("utf-8")
    sql = jinja2.Environment(autoescape=False).from_string(text).render(params={"dataset": DATASET})  # noqa: S701
    parameters = [bigquery.ScalarQueryParameter("customers", "INT64", CUSTOMERS)]
    client.query_and_wait(sql, job_config=bigquery.QueryJobConfig(query_parameters=parameters))


class Server:
    """Airflow's API server with the benchmark's plugin.

    Args:
        stack: where profiles are read.
        home: AIRFLOW_HOME, made here.
        database: address of an empty database.
    """

    def __init__(self, stack: Stack, home: Path, database: str) -> None:
        home.mkdir()
        self.url = f"http://127.0.0.1:{stack.ports.airflow}"
        self._password = secrets.token_urlsafe(16)
        (home / "passwords.json").write_text(json.dumps({USER: self._password}))
        environment = {**stack.environment(), **self._configuration(home, database)}
        airflow = str(Path(sys.executable).with_name("airflow"))
        subprocess.run([airflow, "db", "migrate"], check=True, env={**os.environ, **environment}, capture_output=True)
        command = [airflow, "api-server", "--host", "127.0.0.1", "--port", str(stack.ports.airflow), "--workers", "1"]
        health = f"{self.url}/api/v2/version"
        stack.processes.start(Service("api-server", command, [stack.ports.airflow], health, environment, 180))
        answer = requests.post(
            f"{self.url}/auth/token", json={"username": USER, "password": self._password}, timeout=30
        )
        self.token = answer.json()["access_token"]

    def get(self, path: str, **arguments: object) -> requests.Response:
        """Ask the API; an answer that is no success is an error."""
        method = "POST" if "json" in arguments else "GET"
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.request(method, f"{self.url}{API}{path}", headers=headers, timeout=60, **arguments)  # ty: ignore[invalid-argument-type]
        answer.raise_for_status()
        return answer

    def queries_of(self, path: str, **arguments: object) -> int:
        """Queries that a request costs."""
        before = self.get("/queries").json()
        self.get(path, **arguments)
        return self.get("/queries").json() - before

    def request(self, path: str) -> bytes:
        """The bytes of a GET request."""
        head = f"GET {API}{path} HTTP/1.1\r\nHost: benchmark\r\nAuthorization: Bearer {self.token}\r\n\r\n"
        return head.encode()

    def _configuration(self, home: Path, database: str) -> dict[str, str]:
        return {
            "AIRFLOW_HOME": str(home),
            "PYTHONPATH": f"{ROOT / 'plugins'}:{ROOT}",
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "benchmarks" / "api_plugins"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:viewer",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
            "AIRFLOW__API_AUTH__JWT_SECRET": self._password * 4,
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        }


def measure(server: Server, clients: int, turns: int, seconds: float) -> dict[str, float]:
    """Queries of cold profiles and of a batch, then both routes in turns."""
    server.get("/customers/1")
    cold = [server.queries_of(f"/customers/{number}") for number in range(2, 2 + COLD)]
    batch = [str(number) for number in range(CUSTOMERS - 999, CUSTOMERS + 1)]
    batch_queries = server.queries_of("/customers:batchGet", json={"customer_ids": batch})
    server.get("/customers:batchGet", json={"customer_ids": [str(number) for number in range(1, WARM + 1)]})
    warm, noop = Load(), Load()
    _turn(server, Load(), "/nothing", clients, 1)
    _turn(server, Load(), "/customers/{}", clients, 1)
    for _ in range(turns):
        _turn(server, noop, "/nothing", clients, seconds)
        _turn(server, warm, "/customers/{}", clients, seconds)
    return {
        **_figures(warm, ""),
        **_figures(noop, "noop_"),
        "queries_per_cold_profile": max(cold),
        "queries_per_batch": batch_queries,
        "clients": clients,
    }


def _turn(server: Server, total: Load, path: str, clients: int, seconds: float) -> None:
    requests_ = [server.request(path.format(number)) for number in range(1, WARM + 1)]
    address = urlsplit(server.url)
    load = asyncio.run(
        ask(
            str(address.hostname),
            int(address.port or 80),
            lambda number: requests_[number % WARM],
            clients,
            seconds,
        )
    )
    total.answers += load.answers
    total.seconds += load.seconds


def _figures(load: Load, prefix: str) -> dict[str, float]:
    return {
        f"{prefix}requests_per_s": round(load.per_second(), 1),
        f"{prefix}p50_ms": round(load.percentile(0.5), 1),
        f"{prefix}p99_ms": round(load.percentile(0.99), 1),
    }


if __name__ == "__main__":
    main()
