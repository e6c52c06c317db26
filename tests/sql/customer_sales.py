"""Rows of `sales` for the tests of the customer statements, loaded as a load job does."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from google.cloud import bigquery

from include.models.sales_file import SALES_SCHEMA


class Line(NamedTuple):
    """One sale line; `at` is ISO 8601, UTC."""

    customer: str | None
    at: str
    product: str | None = "bread"
    quantity: int = 1
    price: str = "2.00"
    voided: bool = False
    payment: str = "card"


def load(client: bigquery.Client, dataset: str, lines: Iterable[Line]) -> None:
    """Add lines to the table `sales` of the dataset."""
    content = io.BytesIO()
    rows = [_row(line, number) for number, line in enumerate(lines)]
    pq.write_table(pa.Table.from_pylist(rows, schema=SALES_SCHEMA), content)
    content.seek(0)
    config = bigquery.LoadJobConfig(source_format="PARQUET", write_disposition="WRITE_APPEND")
    client.load_table_from_file(content, f"{dataset}.sales", job_config=config).result()


def _row(line: Line, number: int) -> dict[str, Any]:
    at = dt.datetime.fromisoformat(line.at).replace(tzinfo=dt.UTC)
    return {
        "timestamp": at,
        "customer_id": line.customer,
        "product_id": line.product,
        "quantity": Decimal(line.quantity),
        "price": Decimal(line.price),
        "payment_method": line.payment,
        "sale_id": f"{line.customer}@{line.at}",
        "sale_line_id": f"{line.at}-{number}",
        "line_total": line.quantity * Decimal(line.price),
        "is_return": line.quantity < 0,
        "is_voided": line.voided,
        "source": "r_series",
        "ingested_at": at,
        "batch_id": "test",
    }
