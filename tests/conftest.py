"""Fixtures of all tests: Airflow's environment, and the sandbox's services on ports of their own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Airflow reads its configuration when it is first imported, so this comes before any test module.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-home-")
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(ROOT / "dags")
os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"] = str(ROOT / "plugins")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "WARNING"
os.environ["PYTHONPATH"] = str(ROOT)

from sandbox.stack import PROJECT, Ports, Stack
from tests.chat import webhook_server
from tests.datasets import empty


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """BigQuery and Cloud Storage emulators, empty at the start of the session; sets their variables."""
    with (
        Stack(tmp_path_factory.mktemp("sandbox"), Ports.free(), plain_tables=True) as stack,
        pytest.MonkeyPatch.context() as patch,
    ):
        stack.start_warehouse()
        for name, value in stack.environment().items():
            patch.setenv(name, value)
        yield stack


@pytest.fixture(scope="session")
def bigquery_emulator(warehouse: Stack) -> str:
    """Base URL of the BigQuery emulator; the project is `demo-local`."""
    return warehouse.bigquery_url


@pytest.fixture(scope="session")
def storage_emulator(warehouse: Stack) -> str:
    """Base URL of the Cloud Storage emulator."""
    return warehouse.storage_url


@pytest.fixture(scope="session")
def bigquery_client(warehouse: Stack):
    """Google's own BigQuery client on the emulator."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import bigquery

    return bigquery.Client(project=PROJECT, credentials=AnonymousCredentials(), location="US")


@pytest.fixture(scope="session")
def shared_dataset(bigquery_client) -> Iterator[str]:
    """`project.dataset` with all tables and views: made once, for making them takes ten seconds."""
    from include.warehouse.tables import ensure

    name = f"{PROJECT}.test_{os.urandom(4).hex()}"
    ensure(bigquery_client, name, "US")
    yield name
    bigquery_client.delete_dataset(name, delete_contents=True, not_found_ok=True)


@pytest.fixture
def dataset(bigquery_client, shared_dataset: str) -> Iterator[str]:
    """`project.dataset` of a dataset with all tables and views, the tables empty; emptied after the test."""
    yield shared_dataset
    empty(bigquery_client, shared_dataset)


@pytest.fixture(scope="session")
def arrow_client(warehouse: Stack):
    """The same, reading results as Arrow over the Storage API."""
    from sandbox.local_client import LocalClient

    return LocalClient(warehouse.bigquery_url, f"127.0.0.1:{warehouse.ports.bigquery_storage}")


@pytest.fixture
def webhook() -> Iterator[SimpleNamespace]:
    """A chat's incoming webhook: its `url`, and what has been `posted` to it."""
    with webhook_server() as server:
        yield server
