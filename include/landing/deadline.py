"""The freshness deadline: sales of a committed batch that became queryable later than promised."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

from include.landing.batch import Batch
from include.warehouse.jobs import parameters
from include.warehouse.sql import render

if TYPE_CHECKING:
    from google.cloud import bigquery

LOOK_BACK = dt.timedelta(days=2)
"""As far back as `sale_arrivals` takes sales in."""
QUERY_SECONDS = 30


@dataclasses.dataclass(frozen=True)
class LateSales:
    """Sales of one batch that missed the deadline."""

    batch_id: str
    sales: int
    slowest_seconds: float
    deadline_seconds: float

    def sentence(self) -> str:
        """What an alert says."""
        return (
            f"{self.sales} sales of batch {self.batch_id} became queryable later than {self.deadline_seconds:g} s "
            f"after their completion, the slowest after {self.slowest_seconds:.0f} s: see sales_freshness and the "
            f"task durations of the batch's run."
        )


def late_sales(client: bigquery.Client, dataset: str, batch: Batch, deadline_seconds: float) -> LateSales | None:
    """Which sales of a committed live batch missed the deadline; None if none did."""
    from google.cloud import bigquery

    since = dt.datetime.fromisoformat(batch.extract_started_at) - LOOK_BACK
    values = {
        "batch_id": ("STRING", batch.batch_id),
        "since": ("TIMESTAMP", since),
        "deadline_seconds": ("FLOAT64", deadline_seconds),
    }
    rows = client.query_and_wait(
        render("sale_arrivals/late.sql", dataset=dataset),
        job_config=bigquery.QueryJobConfig(query_parameters=parameters(values)),
        wait_timeout=QUERY_SECONDS,
    )
    row = next(iter(rows))
    if not row["late_sales"]:
        return None
    return LateSales(batch.batch_id, row["late_sales"], row["slowest_seconds"], deadline_seconds)
