"""BigQuery slow, down, empty or refusing: a 503 with Retry-After, soon, and never a stack trace."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from google.api_core.exceptions import BadRequest

from plugins.customer_profiles_api.faults import (
    BUSY,
    NOT_BUILT,
    REFUSED,
    SLOW_OR_DOWN,
    WarehouseUnavailableError,
)
from plugins.customer_profiles_api.reader import ProfileReader
from plugins.customer_profiles_api.settings import ApiSettings
from plugins.customer_profiles_api.warehouse import QUERIES, Warehouse, render
from sandbox.process import free_port
from tests.plugins.open_app import open_app
from tests.plugins.rows import FORGET_KEY, KNOWN
from tests.plugins.warehouse import CONNECTION, DATASET, client_of

SETTINGS = ApiSettings(query_timeout_seconds=1, max_concurrent_queries=2)


@pytest.fixture(autouse=True)
def google_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_GOOGLE_CLOUD_DEFAULT", json.dumps(CONNECTION))
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "server")
    Warehouse.warm_up()


@pytest.fixture
def bigquery_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", f"http://127.0.0.1:{free_port()}")


@pytest.fixture
def bigquery_hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server that takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", f"http://127.0.0.1:{listener.getsockname()[1]}")
        yield


@pytest.fixture
def bigquery_up(monkeypatch: pytest.MonkeyPatch, bigquery_emulator: str) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", bigquery_emulator)


def read(settings: ApiSettings) -> None:
    ProfileReader(settings).find([KNOWN])


def unavailable(settings: ApiSettings) -> WarehouseUnavailableError:
    with pytest.raises(WarehouseUnavailableError) as raised:
        read(settings)
    return raised.value


@pytest.mark.parametrize("fault", ["bigquery_down", "bigquery_hanging"])
def test_bigquery_down_or_silent_is_a_503_with_retry_after(request: pytest.FixtureRequest, fault: str):
    request.getfixturevalue(fault)
    client = TestClient(open_app(ProfileReader(SETTINGS)))
    begun = time.monotonic()
    answer = client.get(f"/v1/customers/{KNOWN}")
    assert time.monotonic() - begun < 5
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["detail"] == SLOW_OR_DOWN


@pytest.mark.usefixtures("bigquery_hanging")
def test_a_query_beyond_the_limit_is_refused_at_once_and_the_others_give_their_slots_back():
    profiles = ProfileReader(SETTINGS)
    threads = [threading.Thread(target=_ignore_faults, args=(profiles,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.4)
    begun = time.monotonic()
    with pytest.raises(WarehouseUnavailableError, match=BUSY):
        profiles.find([KNOWN])
    assert time.monotonic() - begun < 0.2
    for thread in threads:
        thread.join()
    with pytest.raises(WarehouseUnavailableError, match=SLOW_OR_DOWN):
        profiles.find([KNOWN])


def _ignore_faults(profiles: ProfileReader) -> None:
    with pytest.raises(WarehouseUnavailableError):
        profiles.find([KNOWN])


def test_a_missing_google_connection_is_a_503_that_gives_no_secret_away():
    fault = unavailable(ApiSettings(gcp_conn_id="no_such_connection"))
    assert str(fault) == REFUSED


@pytest.mark.services
@pytest.mark.usefixtures("bigquery_up")
def test_before_the_first_run_of_the_dag_there_are_no_profiles_yet():
    assert str(unavailable(ApiSettings(dataset="never_made"))) == NOT_BUILT


@pytest.mark.services
@pytest.mark.usefixtures("bigquery_up", "profiles_dataset")
def test_the_customer_id_is_a_value_never_a_part_of_the_statement():
    found = ProfileReader(ApiSettings(dataset=DATASET, forget_key=FORGET_KEY)).find(["' OR TRUE --", KNOWN])
    assert list(found.profiles) == [KNOWN]
    assert found.unknown == ["' OR TRUE --"]


@pytest.mark.services
@pytest.mark.usefixtures("bigquery_up")
def test_a_statement_that_bigquery_calls_invalid_is_no_outage(bigquery_emulator: str):
    client = client_of(bigquery_emulator)
    client.create_dataset("older_profiles", exists_ok=True)
    client.query_and_wait("CREATE OR REPLACE TABLE older_profiles.customer_profiles AS SELECT '1' AS customer_id")
    client.query_and_wait("CREATE OR REPLACE TABLE older_profiles.forgotten_customers AS SELECT '1' AS customer_sha256")
    with pytest.raises(BadRequest):
        read(ApiSettings(dataset="older_profiles"))


@pytest.mark.parametrize("dataset", ["p.d` WHERE TRUE --", "d", "", "p.d.t", "p.d\n"])
def test_a_dataset_name_that_could_change_the_statement_is_refused(dataset: str):
    with pytest.raises(ValueError, match=r"project\.dataset"):
        render(QUERIES / "customers.sql", dataset)


def test_an_unknown_identifier_in_the_sql_file_is_an_error(tmp_path: Path):
    from jinja2 import UndefinedError

    path = tmp_path / "typo.sql"
    path.write_text("SELECT 1 FROM `{{ params.datset }}.t`")
    with pytest.raises(UndefinedError):
        render(path, "p.d")
