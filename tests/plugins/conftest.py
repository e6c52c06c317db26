"""Fixtures of the profile API's tests: one BigQuery dataset, one API server for each auth manager."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugins.api_server import (
    FAB,
    SIMPLE,
    ApiServer,
    create_fab_users,
    migrated_database,
    running_api_server,
)
from tests.plugins.rows import FORGET_KEY
from tests.plugins.warehouse import CONNECTION, DATASET, fill_dataset


@pytest.fixture(scope="session")
def profiles_dataset(bigquery_emulator: str) -> dict[str, str]:
    """The profile table and view with a few rows; yields the environment with which the API finds them."""
    fill_dataset(bigquery_emulator)
    return {
        "BIGQUERY_EMULATOR_HOST": bigquery_emulator,
        "BIGQUERY_DATASET": DATASET,
        "FORGET_KEY": FORGET_KEY,
        "AIRFLOW_CONN_GOOGLE_CLOUD_DEFAULT": json.dumps(CONNECTION),
    }


@pytest.fixture(scope="session")
def metadata_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return migrated_database(tmp_path_factory.mktemp("airflow-database"))


@pytest.fixture(scope="session")
def simple_server(
    metadata_database: Path, profiles_dataset: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ApiServer]:
    home = tmp_path_factory.mktemp("airflow-simple")
    with running_api_server(home, metadata_database, SIMPLE | profiles_dataset) as server:
        yield server


@pytest.fixture(scope="session")
def fab_server(
    metadata_database: Path, profiles_dataset: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ApiServer]:
    home = tmp_path_factory.mktemp("airflow-fab")
    (home / "airflow.db").write_bytes(metadata_database.read_bytes())
    create_fab_users(home)
    with running_api_server(home, metadata_database, FAB | profiles_dataset) as server:
        yield server
