"""Thousands of requests made from the OpenAPI document find no answer that the document does not promise."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.plugins.api_server import READER, REPOSITORY, ApiServer

CASES = 2000
PROGRAM = REPOSITORY / ".venv-api" / "bin" / "schemathesis"

pytestmark = [pytest.mark.full, pytest.mark.timeout(3600)]


def test_no_request_made_from_the_document_finds_a_failure(simple_server: ApiServer, tmp_path: Path):
    assert PROGRAM.exists(), "schemathesis is missing: run `python3 sandbox/bootstrap.py api`."
    command = [
        *(str(PROGRAM), "run", f"{simple_server.api}/v1/openapi.json", "--url", simple_server.api),
        *("-H", f"Authorization: Bearer {simple_server.token(READER)}", "--checks", "all", "--max-examples", "700"),
        *("--phases", "examples,coverage,fuzzing,stateful", "--workers", "4", "--generation-deterministic"),
        *("--suppress-health-check", "all", "--no-color"),
    ]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-1000:]
    generated = re.search(r"([\d,]+) generated", run.stdout)
    assert generated, run.stdout[-2000:]
    assert int(generated[1].replace(",", "")) >= CASES
