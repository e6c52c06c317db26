"""Clients of the deployment: whatever they run has a limit of what it may cost."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from include.settings import Settings
from include.warehouse.client import GB, bigquery_client

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.services
def test_every_query_of_the_dags_client_has_the_limit_of_the_settings(warehouse):
    client = bigquery_client(Settings(maximum_gb_billed=7))
    job = client.query("SELECT 1")
    job.result()
    assert job.maximum_bytes_billed == 7 * GB


def test_no_code_sets_another_clients_limit_or_makes_a_client_of_its_own():
    makers = {"Client", "get_client"}
    made = [
        f"{path.relative_to(ROOT)}"
        for folder in ("dags", "include", "plugins")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in makers
    ]
    assert sorted(made) == ["include/warehouse/client.py", "plugins/customer_profiles_api/warehouse.py"]


def test_a_query_of_the_endpoint_has_a_limit():
    from plugins.customer_profiles_api.warehouse import _job_config

    config = _job_config({"customer_id": ("STRING", "1")}, 5.0, 3)
    assert config.maximum_bytes_billed == 3 * GB
