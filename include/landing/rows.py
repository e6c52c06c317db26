"""Which code makes typed rows of a table's records: the same when they are read and when a replay reads them again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec
import pyarrow as pa

from include.engagement import rows as engagement
from include.lightspeed import raw_pages
from include.lightspeed.records import SCHEMAS, Rejected, RowBuilder


class Rows(Protocol):
    """Collects the rows of one table and batch."""

    def add(self, records: Sequence[msgspec.Raw]) -> list[Rejected]:
        """Add one page of records; those that do not fit are returned."""
        ...

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows added since the last call, and forget them."""
        ...

    def headers_table(self) -> pa.Table:
        """One row a sale seen; empty for every other table."""
        ...


def row_builder(table: str, source: str, batch_id: str) -> Rows:
    """Collector of a table's rows.

    Raises:
        include.lightspeed.errors.ConfigurationError: no such table, or none of this source.
    """
    if table in engagement.SCHEMAS:
        return engagement.EventRows(table, source, batch_id)
    return RowBuilder(table, source, batch_id)


def schema(table: str) -> pa.Schema:
    """Columns of a table's rows, without those that the commit adds."""
    return (engagement.SCHEMAS if table in engagement.SCHEMAS else SCHEMAS)[table]


def records_of(body: bytes, source: str, table: str) -> list[msgspec.Raw]:
    """Every record of a stored page, in its order.

    Raises:
        ValueError: the line is not a page of this source.
    """
    if table in engagement.SCHEMAS:
        return engagement.records_of(body)
    return raw_pages.records_of(body, source, table)
