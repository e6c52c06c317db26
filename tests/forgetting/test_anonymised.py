"""Customers whom Lightspeed itself has anonymised or deleted are found, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from include.forgetting import tasks

pytestmark = pytest.mark.services

CUSTOMERS = [
    ("1", "r_series", "Customer", "[70]", True),
    ("2", "r_series", "Customer", "[70]", False),
    ("3", "r_series", "Ann", "Adams", True),
    ("4", "r_series", "Customer", "Seventy", True),
    ("5-uuid", "x_series", None, None, True),
    ("6-uuid", "x_series", "Ann", "Adams", False),
]


def test_those_whom_lightspeed_has_anonymised_or_deleted_are_found(
    bigquery_client: Any, dataset: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("BIGQUERY_DATASET", dataset.rpartition(".")[2])
    rows = [
        f"('{name}', '{source}', {_text(first)}, {_text(last)}, {archived}, CURRENT_TIMESTAMP(), 'b')"
        for name, source, first, last, archived in CUSTOMERS
    ]
    bigquery_client.query_and_wait(
        f"INSERT INTO `{dataset}.customers`"
        " (customer_id, source, first_name, last_name, is_archived, ingested_at, batch_id)"
        f" VALUES {', '.join(rows)}"
    )
    found = [(customer["source"], customer["customer_id"]) for customer in tasks.anonymised()]
    assert found == [("r_series", "1"), ("x_series", "5-uuid")]


def _text(value: str | None) -> str:
    return f"'{value}'" if value else "NULL"
