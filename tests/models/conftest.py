"""Fixtures of the model tests."""

from __future__ import annotations

import pytest

from sandbox.local_client import LocalClient
from sandbox.stack import Stack


@pytest.fixture(scope="session")
def arrow_client(warehouse: Stack) -> LocalClient:
    """BigQuery client that reads results as Arrow."""
    return LocalClient(warehouse.bigquery_url, f"127.0.0.1:{warehouse.ports.bigquery_storage}")
