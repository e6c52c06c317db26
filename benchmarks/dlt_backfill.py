"""The same backfill by dlt: its rest_api source, its BigQuery destination, a merge by key, an incremental cursor.

Runs in `.venv-bench`, which has dlt and nothing of this repository. As in production each answer is kept raw,
gzipped in Cloud Storage, and a line becomes one typed row with the same columns. dlt's defaults otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import zlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import dlt
from dlt.common.configuration.specs.gcp_credentials import GcpDefaultCredentials, GcpServiceAccountCredentials
from dlt.sources.rest_api import rest_api_source
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

RAW_BYTES = 32 * 1024 * 1024
NUMBERS = ("quantity", "price", "line_total", "discount", "tax")
TEXTS = ("customer_id", "product_id", "payment_method", "sale_id", "sale_line_id", "payment_methods")
PLACES = ("register_id", "shop_id", "employee_id", "source")
COLUMNS: dict[str, Any] = {
    **{name: {"data_type": "decimal", "precision": 38, "scale": 9} for name in NUMBERS},
    **{name: {"data_type": "text"} for name in TEXTS + PLACES},
    **{name: {"data_type": "timestamp"} for name in ("timestamp", "source_updated_at")},
    **{name: {"data_type": "bool"} for name in ("is_return", "is_voided")},
    "version": {"data_type": "bigint"},
}


class RawPages:
    """Keeps each answer in Cloud Storage, gzipped, in objects of 32 MiB at most."""

    def __init__(self, bucket: str, project: str) -> None:
        client = storage.Client(project=project, credentials=AnonymousCredentials())
        self._bucket = client.bucket(bucket)
        self._objects = 0
        self._begin()

    def add(self, body: bytes) -> None:
        """Append an answer."""
        self._keep(self._compressor.compress(body + b"\n"))
        if self._size >= RAW_BYTES:
            self.close()

    def close(self) -> None:
        """Upload what has been collected."""
        self._keep(self._compressor.flush())
        blob = self._bucket.blob(f"dlt/sales/raw-{self._objects:05d}.jsonl.gz")
        blob.upload_from_string(b"".join(self._chunks), content_type="application/gzip")
        self._objects += 1
        self._begin()

    def _begin(self) -> None:
        self._compressor = zlib.compressobj(level=1, wbits=31)
        self._chunks: list[bytes] = []
        self._size = 0

    def _keep(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._size += len(chunk)


def sale_lines(sale: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One row a line of a sale, in the columns of `sales`."""
    payments = sorted(sale["payments"], key=lambda payment: payment["amount"])
    head = {
        "timestamp": sale["sale_date"],
        "customer_id": sale["customer_id"],
        "payment_method": payments[-1]["name"] if payments else None,
        "payment_methods": json.dumps([{"name": paid["name"], "amount": paid["amount"]} for paid in payments]),
        "sale_id": sale["id"],
        "register_id": sale["register_id"],
        "shop_id": sale["outlet_id"],
        "employee_id": sale["user_id"],
        "is_voided": sale["status"] == "VOIDED",
        "source": "x_series",
        "source_updated_at": sale["updated_at"],
        "version": sale["version"],
    }
    for line in sale["line_items"]:
        yield {
            **head,
            "product_id": line["product_id"],
            "sale_line_id": line["id"],
            "quantity": Decimal(str(line["quantity"])),
            "price": Decimal(str(line["price"])),
            "line_total": Decimal(str(line["price_total"])),
            "discount": Decimal(str(line["discount_total"])),
            "tax": Decimal(str(line["tax_total"])),
            "is_return": line["is_return"],
        }


def main() -> None:
    """Run the pipeline once."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True, help="base URL of the shop")
    parser.add_argument("--folder", type=Path, required=True, help="where dlt keeps its packages and state")
    parser.add_argument("--format", choices=["parquet", "jsonl"], default="parquet", help="of dlt's load files")
    options = parser.parse_args()
    project = os.environ["BIGQUERY_PROJECT"]
    raw = RawPages(os.environ["LANDING_BUCKET"], project)
    pipeline = dlt.pipeline(
        "lightspeed",
        pipelines_dir=str(options.folder),
        destination=dlt.destinations.bigquery(credentials=_credentials(project), location="US"),
        dataset_name="dlt_sales",
    )
    print(pipeline.run(_source(options.url, raw), loader_file_format=options.format), flush=True)
    raw.close()


def _credentials(project: str) -> GcpServiceAccountCredentials:
    """None, as the local BigQuery wants it; dlt takes a Google credential where it expects a default one."""
    credentials = GcpServiceAccountCredentials()
    credentials.project_id = project
    GcpDefaultCredentials.parse_native_representation(credentials, AnonymousCredentials())
    return credentials


def _source(url: str, raw: RawPages) -> Any:
    # dlt copies its configuration deeply: a function stays itself, a bound method would take its object along.
    def keep(response: Any, *_: Any, **__: Any) -> None:
        raw.add(response.content)

    return rest_api_source(
        {
            "client": {
                "base_url": f"{url}/api/2.0/",
                "auth": {"type": "bearer", "token": os.environ["LIGHTSPEED_TOKEN"]},
                "paginator": {"type": "cursor", "cursor_path": "version.max", "cursor_param": "after"},
            },
            "resources": [
                {
                    "name": "sales",
                    "endpoint": {
                        "path": "sales",
                        "params": {"page_size": 1000, "after": "{incremental.start_value}"},
                        "data_selector": "data",
                        "incremental": {"cursor_path": "version", "initial_value": 0},
                        "response_actions": [keep],
                    },
                    "processing_steps": [{"yield_map": sale_lines}],
                    "primary_key": "sale_line_id",
                    "write_disposition": "merge",
                    "columns": COLUMNS,
                }
            ],
        },
        name="lightspeed",
    )


if __name__ == "__main__":
    main()
