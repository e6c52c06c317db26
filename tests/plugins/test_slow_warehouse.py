"""While BigQuery takes connections and never answers, Airflow's own pages and API answer as ever."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.plugins.api_server import READER, SIMPLE, ApiServer, running_api_server
from tests.plugins.warehouse import CONNECTION, DATASET

CALLERS = 60


@pytest.fixture(scope="module")
def server(metadata_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with socket.create_server(("127.0.0.1", 0), backlog=256) as silent:
        environment = {
            "BIGQUERY_EMULATOR_HOST": f"http://127.0.0.1:{silent.getsockname()[1]}",
            "BIGQUERY_DATASET": DATASET,
            "AIRFLOW_CONN_GOOGLE_CLOUD_DEFAULT": json.dumps(CONNECTION),
        }
        home = tmp_path_factory.mktemp("airflow-slow")
        with running_api_server(home, metadata_database, SIMPLE | environment) as running:
            yield running


@pytest.mark.services
def test_airflows_ui_answers_within_a_second_while_sixty_callers_wait_for_bigquery(server: ApiServer):
    token = {"Authorization": f"Bearer {server.token(READER)}"}
    statuses: list[int] = []

    def call() -> None:
        with httpx.Client(trust_env=False, verify=False, headers=token, timeout=60) as client:
            statuses.append(client.get(f"{server.api}/v1/customers/1042").status_code)

    threads = [threading.Thread(target=call) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    seconds = []
    while any(thread.is_alive() for thread in threads):
        for path in ("/", "/api/v2/version", "/api/v2/monitor/health"):
            begun = time.monotonic()
            assert httpx.get(f"{server.url}{path}", timeout=30, verify=False).status_code == 200
            seconds.append(time.monotonic() - begun)
        time.sleep(0.1)
    assert statuses == [503] * CALLERS
    assert len(seconds) > 9
    assert sorted(seconds)[len(seconds) * 9 // 10] < 1
