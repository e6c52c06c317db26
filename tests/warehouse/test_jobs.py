from __future__ import annotations

import os

import pytest
from google.api_core.exceptions import BadRequest

from include.warehouse.jobs import run_once

pytestmark = pytest.mark.services


def _start(client, statement: str):
    return lambda job_id: client.query(statement, job_id=job_id, job_retry=None)


def test_a_job_that_an_earlier_attempt_has_started_is_waited_for_and_not_run_again(bigquery_client, dataset):
    job_id = f"once_{os.urandom(4).hex()}"
    insert = f"INSERT INTO `{dataset}.ingest_locks` VALUES ('sales', 'x_series', TIMESTAMP '2026-01-02')"
    for _ in range(2):
        assert run_once(bigquery_client, job_id, _start(bigquery_client, insert)).job_id == job_id
    rows = bigquery_client.query_and_wait(f"SELECT COUNT(*) AS n FROM `{dataset}.ingest_locks`")
    assert next(iter(rows))["n"] == 1


def test_a_job_that_had_failed_is_tried_again_under_a_further_name(bigquery_client, dataset):
    job_id = f"retry_{os.urandom(4).hex()}"
    with pytest.raises(BadRequest, match="not yet"):
        run_once(bigquery_client, job_id, _start(bigquery_client, "SELECT ERROR('not yet')"))
    assert run_once(bigquery_client, job_id, _start(bigquery_client, "SELECT 1")).job_id == f"{job_id}_1"
