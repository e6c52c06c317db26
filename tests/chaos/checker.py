"""Whether the warehouse equals the shop, and whether the ledger, the landing and the staging are in order."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.chaos.truth import Rows, Truth

UNCOMPARED = frozenset({"ingested_at", "batch_id"})


@dataclasses.dataclass(frozen=True)
class Found:
    """What the warehouse holds after a schedule."""

    sales: list[dict[str, Any]]
    customers: list[dict[str, Any]]
    products: list[dict[str, Any]]
    ledger: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    tables: list[str]


class Checker:
    """Compares.

    Args:
        truth: what must be.
        bucket: folder of the landing bucket.
        malformed: ids of the sales that could not be read at some time; those that still cannot.
    """

    def __init__(self, truth: Truth, bucket: Path, malformed: tuple[set[int], set[int]]) -> None:
        self._truth, self._bucket = truth, bucket
        self._ever, self._still = ({truth.id_of(number) for number in numbers} for numbers in malformed)

    def problems(self, found: Found) -> list[str]:
        """Everything that is not as it must be; empty when all is."""
        return [
            *_differences("sales", "sale_line_id", found.sales, self._truth.sales()),
            *_differences("customers", "customer_id", found.customers, self._truth.customers()),
            *_differences("products", "product_id", found.products, self._truth.products()),
            *self._ledger(found.ledger),
            *self._lineage(found),
            *self._rejected(found.rejected),
            *[f"staging table {name} is left" for name in found.tables if name.startswith("staging_")],
        ]

    def _ledger(self, ledger: list[dict[str, Any]]) -> list[str]:
        problems = []
        for stream in sorted({row["stream"] for row in ledger}):
            batches = sorted((row for row in ledger if row["stream"] == stream), key=lambda row: row["batch_number"])
            numbers = [row["batch_number"] for row in batches]
            if numbers != list(range(1, len(numbers) + 1)):
                problems.append(f"the ledger's batch numbers of {stream} are {numbers}")
            if not stream.endswith("_reread"):
                problems += _chain(stream, batches)
            problems += [problem for row in batches for problem in self._objects(row)]
        return problems

    def _objects(self, row: dict[str, Any]) -> list[str]:
        """A committed batch's objects exist and hold as many rows as its ledger row says."""
        missing = [uri for uri in [*row["raw_uris"], *row["row_uris"]] if not self._path(uri).exists()]
        if missing:
            return [f"{row['batch_id']}: the object {missing[0]} does not exist"]
        rows = sum(pq.read_metadata(self._path(uri)).num_rows for uri in row["row_uris"])
        return (
            []
            if rows == row["rows_loaded"]
            else [f"{row['batch_id']}: {rows} rows in objects, not {row['rows_loaded']}"]
        )

    def _lineage(self, found: Found) -> list[str]:
        known = {row["batch_id"] for row in found.ledger}
        rows = [*found.sales, *found.customers, *found.products, *found.rejected]
        strangers = {row["batch_id"] for row in rows} - known
        return [f"rows of the batch {each}, which is not in the ledger" for each in sorted(strangers)]

    def _rejected(self, rejected: list[dict[str, Any]]) -> list[str]:
        ids = {row["record_id"] for row in rejected}
        problems = [f"{each} was rejected, but was well formed" for each in sorted(ids - self._ever, key=str)]
        problems += [f"{each} is malformed, but not among the rejected" for each in sorted(self._still - ids)]
        gone = [row["raw_uri"] for row in rejected if not self._path(row["raw_uri"]).exists()]
        return problems + [f"the rejected record's object {uri} does not exist" for uri in gone[:1]]

    def _path(self, uri: str) -> Path:
        return self._bucket / re.sub(r"^gs://[^/]+/", "", uri)


def _chain(stream: str, batches: list[dict[str, Any]]) -> list[str]:
    """Each batch begins where the one before it ended."""
    ends = [None, *(row["cursor_to"] for row in batches)]
    return [
        f"batch {row['batch_number']} of {stream} begins after {row['cursor_from']}, the one before ended at {end}"
        for row, end in zip(batches, ends, strict=False)
        if row["cursor_from"] != end
    ]


def _differences(table: str, key: str, rows: list[dict[str, Any]], expected: Rows) -> list[str]:
    counts = Counter(row[key] for row in rows)
    problems = [f"{table}: {each} is there {count} times" for each, count in counts.items() if count > 1]
    problems += [f"{table}: {each} is missing" for each in expected if each not in counts]
    problems += [f"{table}: {each} should not be there" for each in counts if each not in expected]
    for row in rows:
        wanted = expected.get(row[key], {})
        wrong = {name: (row[name], value) for name, value in wanted.items() if row[name] != value}
        problems += [f"{table}: {row[key]} has {name} {was}, not {value}" for name, (was, value) in wrong.items()]
    return problems
