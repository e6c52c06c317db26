"""Thousands of requests made from the OpenAPI document find no answer that the document does not promise."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugins.api_server import READER, REPOSITORY, SIMPLE, ApiServer, running_api_server

CASES = 2000
EXAMPLES = {"positive": 150, "negative": 1000}
"""Most examples of an operation: requests that fit the document cost a query, those that do not cost none."""
PROGRAM = REPOSITORY / ".venv-api" / "bin" / "schemathesis"

pytestmark = [pytest.mark.full, pytest.mark.timeout(3600)]


@pytest.fixture
def patient_server(metadata_database: Path, profiles_dataset: dict[str, str], tmp_path: Path) -> Iterator[ApiServer]:
    """A server that waits long for BigQuery: a busy machine is no failure of the API."""
    patient = {"CUSTOMER_PROFILES_QUERY_TIMEOUT_SECONDS": "60"}
    with running_api_server(tmp_path, metadata_database, SIMPLE | profiles_dataset | patient) as server:
        yield server


def test_no_request_made_from_the_document_finds_a_failure(patient_server: ApiServer, tmp_path: Path):
    assert PROGRAM.exists(), "schemathesis is missing: run `python3 sandbox/bootstrap.py api`."
    made = sum(_cases(patient_server, mode, most, tmp_path) for mode, most in EXAMPLES.items())
    assert made >= CASES


def _cases(server: ApiServer, mode: str, most: int, folder: Path) -> int:
    """Ask; the number of requests made from the document."""
    command = [
        *(str(PROGRAM), "run", f"{server.api}/v1/openapi.json", "--url", server.api, "--checks", "all"),
        *("-H", f"Authorization: Bearer {server.token(READER)}", "--mode", mode, "--max-examples", str(most)),
        *("--phases", "examples,coverage,fuzzing", "--workers", "2", "--request-timeout", "120"),
        *("--suppress-health-check", "all", "--generation-deterministic", "--no-color"),
    ]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-1000:]
    generated = re.search(r"([\d,]+) generated", run.stdout)
    assert generated, run.stdout[-2000:]
    return int(generated[1].replace(",", ""))
