"""The comparison's statements: what the tables know, and the row of each compared day."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from include.reconciliation.compare import EXAMPLES, DayCheck, Held
from include.reconciliation.days import Look
from include.reconciliation.sightings import SaleState
from include.warehouse.jobs import parameters, run_once
from include.warehouse.sql import render

if TYPE_CHECKING:
    from google.cloud import bigquery

Values = dict[str, tuple[str, Any]]


class ReconciliationTables:
    """Reads and writes one source's part of a dataset.

    Args:
        client: BigQuery client.
        dataset: `project.dataset`.
        source: `r_series` or `x_series`.
    """

    def __init__(self, client: bigquery.Client, dataset: str, source: str) -> None:
        self._client, self._dataset, self._source = client, dataset, source

    def first_day(self) -> dt.date | None:
        """The first day that has a sale; None when there is none."""
        return next(iter(self._rows("first_day")))["first_day"]

    def looks(self) -> dict[dt.date, Look]:
        """The newest comparison of each day that has one."""
        return {row["day"]: Look(row["checked_at"], row["settled"]) for row in self._rows("looks")}

    def held(self, day: dt.date) -> Held:
        """The sales of a day."""
        rows = list(self._rows("sales_of_day", {"day": ("DATE", day)}))
        states = {row["sale_id"]: SaleState(row["completed_at"], row["sale_lines"], row["amount"]) for row in rows}
        return Held(states, {row["sale_id"]: row["updated_at"] for row in rows})

    def known_versions(self, sale_ids: Sequence[str]) -> dict[str, tuple[int, dt.datetime]]:
        """Version and time of the last change of sales, as last seen."""
        rows = self._rows("known_versions", {"sale_ids": ("ARRAY<STRING>", list(sale_ids))})
        return {row["sale_id"]: (row["version"], row["source_updated_at"]) for row in rows}

    def record(self, run_id: str, check: DayCheck, action: str, batch_id: str | None, after: DayCheck | None) -> str:
        """Write the row of a compared day, once however often this is tried; returns the job's id."""
        from google.cloud import bigquery

        values = _row(check, after) | {
            "run_id": ("STRING", run_id),
            "source": ("STRING", self._source),
            "action": ("STRING", action),
            "reread_batch": ("STRING", batch_id),
        }
        digest = hashlib.sha256(f"{run_id}/{check.checked_at.isoformat()}".encode()).hexdigest()[:8]
        job_id = f"{self._dataset.rpartition('.')[2]}_reconciliation_{check.day:%Y%m%d}_{digest}"
        config = bigquery.QueryJobConfig(query_parameters=parameters(values), labels={"dag": "reconcile_sales"})
        text = render("reconciliation_runs/insert.sql", dataset=self._dataset)
        return run_once(
            self._client, job_id, lambda name: self._client.query(text, job_config=config, job_id=name, job_retry=None)
        ).job_id

    def _rows(self, name: str, values: Values | None = None) -> Any:
        from google.cloud import bigquery

        given = {"source": ("STRING", self._source)} | (values or {})
        return self._client.query_and_wait(
            render(f"reconciliation_runs/{name}.sql", dataset=self._dataset),
            job_config=bigquery.QueryJobConfig(query_parameters=parameters(given)),
        )


def _row(check: DayCheck, after: DayCheck | None) -> Values:
    end = after or check
    return {
        "day": ("DATE", check.day),
        "checked_at": ("TIMESTAMP", check.checked_at),
        "source_sales": ("INT64", check.source.sales),
        "source_lines": ("INT64", check.source.lines),
        "source_amount": ("NUMERIC", check.source.amount),
        "warehouse_sales": ("INT64", check.warehouse.sales),
        "warehouse_lines": ("INT64", check.warehouse.lines),
        "warehouse_amount": ("NUMERIC", check.warehouse.amount),
        "missing_sales": ("INT64", check.missing),
        "unexpected_sales": ("INT64", check.unexpected),
        "changed_sales": ("INT64", check.changed),
        "in_flight_sales": ("INT64", check.in_flight),
        "rejected_sales": ("INT64", check.rejected),
        "examples": ("ARRAY<STRING>", check.examples[:EXAMPLES]),
        "source_sales_after": ("INT64", after and after.source.sales),
        "source_lines_after": ("INT64", after and after.source.lines),
        "source_amount_after": ("NUMERIC", after and after.source.amount),
        "warehouse_sales_after": ("INT64", after and after.warehouse.sales),
        "warehouse_lines_after": ("INT64", after and after.warehouse.lines),
        "warehouse_amount_after": ("NUMERIC", after and after.warehouse.amount),
        "remaining_sales": ("INT64", end.differing),
        "remaining_amount": ("NUMERIC", end.source.amount - end.warehouse.amount),
        "remaining_examples": ("ARRAY<STRING>", end.examples[:EXAMPLES]),
    }
