"""A busy day's batches against BigQuery's published limits: counted from the requests that one real batch makes.

The limits are those of https://cloud.google.com/bigquery/quotas (load jobs, tables, DML, as read in 2026).
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from include.settings import Settings
from include.warehouse.client import storage_hook
from sandbox.connections import lightspeed_variables
from sandbox.stack import Ports, Stack
from tests.datasets import empty
from tests.integration.late_shop import LateShop

pytestmark = pytest.mark.services

SECONDS_A_RUN = 8
"""Runs of `lightspeed_to_bigquery` follow each other no faster than this: about a second for each of its tasks."""
RUNS_A_DAY = 86_400 // SECONDS_A_RUN
ATTEMPTS = 6
"""Attempts that a task has at most: its retries and one more, and a person who clears it."""

LOAD_JOBS_PER_TABLE = 1_500
LOAD_JOBS_PER_PROJECT = 100_000
PARTITION_MODIFICATIONS_PER_TABLE = 30_000
METADATA_WRITES_PER_TABLE_IN_TEN_SECONDS = 5
DML_PER_TABLE_IN_TEN_SECONDS = 25
API_REQUESTS_PER_SECOND = 100

_DML = re.compile(r"\b(?:INSERT INTO|DELETE FROM|UPDATE|MERGE(?: INTO)?)\s+`[^`]+\.(\w+)`")


@dataclasses.dataclass
class Counts:
    """What one batch asks of BigQuery, by table; staging tables go by their kind's name."""

    loads: Counter[str] = dataclasses.field(default_factory=Counter)
    dml: Counter[str] = dataclasses.field(default_factory=Counter)
    metadata: Counter[str] = dataclasses.field(default_factory=Counter)
    destinations: set[str] = dataclasses.field(default_factory=set)
    calls: int = 0

    def note(self, request: requests.PreparedRequest) -> None:
        """Count a request to BigQuery."""
        self.calls += 1
        path = str(request.url).split("?")[0]
        body: dict[str, Any] = (
            json.loads(request.body) if isinstance(request.body, bytes | str) and request.method == "POST" else {}
        )
        if path.endswith("/jobs"):
            self._job(body["configuration"])
        elif path.endswith("/queries"):
            self.dml.update(_DML.findall(_without_comments(body["query"])))
        elif path.endswith("/tables") and request.method == "POST":
            self.metadata[body["tableReference"]["tableId"]] += 1
        elif "/tables/" in path and request.method in {"DELETE", "PATCH", "PUT"}:
            self.metadata[path.rsplit("/", maxsplit=1)[1]] += 1

    def _job(self, configuration: dict[str, Any]) -> None:
        if "load" in configuration:
            table = configuration["load"]["destinationTable"]["tableId"]
            self.loads[table] += 1
            self.metadata[table] += 1
        query = configuration.get("query", {})
        self.dml.update(_DML.findall(_without_comments(query.get("query", ""))))
        if "destinationTable" in query:
            self.destinations.add(query["destinationTable"]["tableId"])


def _without_comments(sql: str) -> str:
    return re.sub(r"--[^\n]*", "", sql)


@pytest.fixture(scope="module")
def counts(
    warehouse: Stack, bigquery_client: Any, shared_dataset: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Counts]:
    """What a batch of three live sales asks of BigQuery, from extract to the teardown."""
    with Stack(tmp_path_factory.mktemp("quota"), Ports.free()) as stack, pytest.MonkeyPatch.context() as patch:
        stack.start_lightspeed("--registers", "200", "--speed", "0", "--max-history-sales", "10")
        variables = lightspeed_variables(stack, "x_series") | {
            "BIGQUERY_DATASET": shared_dataset.rpartition(".")[2],
            "LIGHTSPEED_IDLE_SECONDS": "0.1",
            "LIGHTSPEED_POLL_SECONDS": "0.1",
        }
        for name, value in variables.items():
            patch.setenv(name, value)
        shop = LateShop(stack, bigquery_client, shared_dataset, "x_series", before=None)
        settings = Settings.from_environment()
        bucket = storage_hook(settings).get_conn().bucket(settings.landing_bucket)
        if not bucket.exists():
            bucket.create()
        shop.ingest()
        for _ in range(3):
            shop.sell()
        found, send = Counts(), HTTPAdapter.send

        def counted(adapter: HTTPAdapter, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            if "/bigquery/v2/" in str(request.url):
                found.note(request)
            return send(adapter, request, **options)

        patch.setattr(HTTPAdapter, "send", counted)
        assert shop.ingest_batch()
        patch.setattr(HTTPAdapter, "send", send)
        yield found
    empty(bigquery_client, shared_dataset)


def test_what_was_counted_is_a_whole_batch(counts: Counts):
    assert {name.rpartition("_")[2] for name in counts.loads} == {"rows", "headers"}
    assert {"sales", "sale_versions", "sale_arrivals", "ingest_batches", "ingest_locks"} <= set(counts.dml)


def test_load_jobs_go_to_staging_tables_only_and_fit_the_days_limits(counts: Counts):
    assert all(name.startswith("staging_") for name in counts.loads)
    assert max(counts.loads.values()) * ATTEMPTS <= LOAD_JOBS_PER_TABLE
    assert counts.loads.total() * RUNS_A_DAY <= LOAD_JOBS_PER_PROJECT


def test_no_query_writes_to_a_destination_table(counts: Counts):
    """Each would count among a table's 1,500 modifications a day."""
    assert counts.destinations == set()


def test_a_days_dml_modifies_fewer_partitions_than_a_table_may_have_modified(counts: Counts):
    """Counted as if DML were limited like loads, which Google's page does not settle; a live batch is of one day."""
    worst = {table: count * RUNS_A_DAY for table, count in counts.dml.items()}
    assert {table: count for table, count in worst.items() if count > PARTITION_MODIFICATIONS_PER_TABLE} == {}


def test_dml_and_metadata_writes_keep_below_the_rates_of_a_table(counts: Counts):
    runs_in_ten_seconds = -(-10 // SECONDS_A_RUN)
    assert max(counts.dml.values()) * runs_in_ten_seconds <= DML_PER_TABLE_IN_TEN_SECONDS
    assert max(counts.metadata.values()) <= METADATA_WRITES_PER_TABLE_IN_TEN_SECONDS
    assert all(name.startswith("staging_") for name in counts.metadata)


def test_a_batch_asks_less_than_the_api_allows_a_user(counts: Counts):
    assert counts.calls / SECONDS_A_RUN <= API_REQUESTS_PER_SECOND / 5
