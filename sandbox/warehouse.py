"""The sandbox's own look into BigQuery: progress, totals, what is queryable (`sandbox/sql`)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import jinja2
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from sandbox.stack import PROJECT, Stack

DATASET = f"{PROJECT}.livhana_prod"

DayTotals = dict[dt.date, tuple[int, int, Decimal]]
"""Day (UTC) -> sales, sale lines, sum of line totals before tax."""


class Warehouse:
    """Reads the dataset as an analyst would.

    Args:
        stack: where BigQuery runs.
        dataset: `project.dataset`.
    """

    def __init__(self, stack: Stack, dataset: str = DATASET) -> None:
        self.dataset = dataset
        self._client = bigquery.Client(
            project=PROJECT,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": stack.bigquery_url},
        )

    def exists(self) -> bool:
        """Whether the first run has made the tables."""
        tables = {table.table_id for table in self._client.list_tables(self.dataset)} if self._has_dataset() else ()
        return "ingest_batches" in tables

    def progress(self) -> tuple[int, bool]:
        """Sale lines loaded so far, and whether ingestion has caught up with the shop."""
        row = self._rows("progress")[0]
        return row["sale_lines"], row["caught_up"]

    def new_sales(self, since: dt.datetime) -> set[str]:
        """Ids of the sales completed at or after `since` that are queryable now."""
        return {row["sale_id"] for row in self._rows("new_sales", since=since)}

    def duplicated(self, since: dt.datetime) -> int:
        """How many of the sales completed at or after `since` have a line more than once."""
        return self._rows("duplicated", since=since)[0]["sales"]

    def streams_caught_up(self) -> int:
        """How many of the three streams had read all that there was with their newest batch."""
        return self._rows("caught_up")[0]["streams"]

    def pipeline_freshness(self, since: dt.datetime) -> dict[str, Any]:
        """What `sales_freshness` says of the days since `since`."""
        return dict(self._rows("pipeline_freshness", since=since)[0])

    def day_totals(self) -> DayTotals:
        """Totals a day, voided sales left out."""
        return {row["day"]: (row["sales"], row["sale_lines"], row["total"]) for row in self._rows("day_totals")}

    def counts(self) -> dict[str, int]:
        """Sale lines, customers and profiles."""
        return dict(self._rows("counts")[0])

    def engagement(self) -> dict[str, int]:
        """Rows of the three tables of engagement."""
        return dict(self._rows("engagement")[0])

    def matches(self) -> list[tuple[str, str, int]]:
        """How many identities of the events were tied to customers: kind, outcome, identities."""
        return [tuple(row.values()) for row in self._rows("matches")]

    def complete_profile(self) -> str | None:
        """Id of a customer whose profile has all three predictions and all four sources."""
        rows = self._rows("complete_profile")
        return rows[0]["customer_id"] if rows else None

    def _has_dataset(self) -> bool:
        return self.dataset in {f"{item.project}.{item.dataset_id}" for item in self._client.list_datasets()}

    def _rows(self, name: str, **times: dt.datetime) -> list[Any]:
        parameters = [bigquery.ScalarQueryParameter(key, "TIMESTAMP", value) for key, value in times.items()]
        config = bigquery.QueryJobConfig(query_parameters=parameters)
        return list(self._client.query_and_wait(_render(name, self.dataset), job_config=config))


def _render(name: str, dataset: str) -> str:
    text = (Path(__file__).parent / "sql" / f"{name}.sql").read_text()
    return jinja2.Template(text, undefined=jinja2.StrictUndefined).render(params={"dataset": dataset})
