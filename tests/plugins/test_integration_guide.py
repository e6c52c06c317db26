"""Every code block of docs/integration-guide.md runs as it stands there, against the running server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from plugins.customer_profiles_api.problems import PROBLEMS
from plugins.customer_profiles_api.schemas import CustomerProfile
from tests.plugins.api_server import PASSWORDS, READER, REPOSITORY, ApiServer
from tests.plugins.rows import KNOWN, LARGE_MONEY, THIN

GUIDE = (REPOSITORY / "docs" / "integration-guide.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE, flags=re.DOTALL | re.MULTILINE)
SHELL = [code for language, code in BLOCKS if language == "bash"]
PYTHON = [code for language, code in BLOCKS if language == "python"]
JSON = [code for language, code in BLOCKS if language == "json"]
LOGIN, COMPOSER_LOGIN, FETCH, AGAIN, BATCH, LIST, SHOP, UNKNOWN = SHELL

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="The guide's shell blocks call curl.")


def shell(script: str, server: ApiServer, path: str = os.defpath) -> str:
    """Run a script with the reader's values in the place of the guide's; what it printed."""
    values = {"http://localhost:8080": server.url, "your-user": READER, "your-password": PASSWORDS[READER]}
    for placeholder, value in values.items():
        script = script.replace(placeholder, value)
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def python(script: str, server: ApiServer) -> list[str]:
    """Run a script of the guide as the reader; the lines that it printed."""
    environment = {"AIRFLOW_URL": server.url, "TOKEN": server.token(READER)}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_guide_has_no_block_that_these_tests_do_not_know():
    assert [language for language, _ in BLOCKS] == [
        *("bash", "bash", "bash", "python", "bash", "bash", "bash", "python", "bash", "bash", "json")
    ]


@needs_curl
@pytest.mark.services
def test_curl_fetches_the_profile_with_a_token_for_user_and_password(simple_server: ApiServer):
    served = json.loads(shell(LOGIN + FETCH, simple_server))
    assert served["id"] == KNOWN


@needs_curl
@pytest.mark.services
def test_the_login_works_under_the_fab_auth_manager_too(fab_server: ApiServer):
    assert json.loads(shell(LOGIN + FETCH, fab_server))["id"] == KNOWN


@needs_curl
@pytest.mark.services
def test_curl_fetches_the_profile_with_what_gcloud_prints(simple_server: ApiServer, tmp_path: Path):
    """Google's command line needs Google's cloud: a script of its name answers for it here."""
    gcloud = tmp_path / "gcloud"
    gcloud.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        f"'auth print-access-token') echo {simple_server.token(READER)};;\n"
        f"'composer environments describe your-environment --location your-location --format "
        f"value(config.airflowUri)') echo {simple_server.url};;\n"
        "*) exit 1;;\n"
        "esac\n"
    )
    gcloud.chmod(0o755)
    served = json.loads(shell(COMPOSER_LOGIN + FETCH, simple_server, f"{tmp_path}:{os.defpath}"))
    assert served["id"] == KNOWN


@needs_curl
@pytest.mark.services
def test_the_problem_document_of_the_guide_is_the_servers(simple_server: ApiServer):
    assert json.loads(shell(LOGIN + UNKNOWN, simple_server)) == json.loads(JSON[0])


@needs_curl
@pytest.mark.services
def test_the_profile_that_the_caller_has_is_not_sent_again(simple_server: ApiServer):
    assert shell(LOGIN + AGAIN, simple_server).strip() == "304"


@needs_curl
@pytest.mark.services
def test_curl_fetches_a_batch(simple_server: ApiServer):
    served = json.loads(shell(LOGIN + BATCH, simple_server))
    assert [profile["id"] for profile in served["profiles"]] == [KNOWN, THIN]
    assert served["unknown"] == ["1043"]


@needs_curl
@pytest.mark.services
def test_curl_fetches_a_call_list(simple_server: ApiServer):
    served = json.loads(shell(LOGIN + LIST, simple_server))
    assert [profile["id"] for profile in served["profiles"]] == [LARGE_MONEY, KNOWN]
    assert served["next_cursor"] is None


@needs_curl
@pytest.mark.services
def test_curl_fetches_the_shops_own_figures(simple_server: ApiServer):
    printed = shell(
        LOGIN + SHOP.replace('/model"', '/model" -w "\\n"').replace('/freshness"', '/freshness" -w "\\n"'),
        simple_server,
    )
    model, freshness, health = (json.loads(line) for line in printed.splitlines())
    assert model["model_version"] == "2026-11-24"
    assert freshness["promised_seconds"] == 60
    assert health["status"] == "ok"


@pytest.mark.services
def test_the_python_client_reads_every_page_of_a_list(simple_server: ApiServer):
    assert python(PYTHON[1], simple_server) == [f"{LARGE_MONEY} 12345678901234567890.12", f"{KNOWN} 1840.25"]


@pytest.mark.services
def test_the_python_client_prints_the_three_predictions(simple_server: ApiServer):
    assert python(PYTHON[0], simple_server) == [
        "next purchase: 2026-11-28",
        "churn risk: 0.07 low",
        "likely products: ['1082185', '995242']",
    ]


def test_the_guide_names_every_problem_with_its_status():
    for name, (status, _, _) in PROBLEMS.items():
        assert f"| {status} | `#{name}` |" in GUIDE


def test_the_guide_names_every_group_and_every_prediction_of_a_profile():
    assert CustomerProfile.model_fields.keys() - {"id"} <= set(re.findall(r"`(\w+)[`.]", GUIDE))
    for field in ("next_purchase_date", "likely_products", "churn_risk"):
        assert f"`predictions.{field}`" in GUIDE
