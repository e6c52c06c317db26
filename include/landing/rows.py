"""Typed rows of one batch, collected as Arrow chunks; of each record only its newest version stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from include.lightspeed.records import Rejected, RowBuilder

if TYPE_CHECKING:
    import msgspec

KEYS = {"sales": "sale_id", "customers": "customer_id", "products": "product_id"}
"""Column that names a record in its stream; the lines of a sale share theirs."""

_CHUNK_RECORDS = 5_000


class BatchRows:
    """Rows of a batch.

    A record can come twice in a batch: it was changed while the pages were being read. The later page has
    the newer version, since both feeds are in the order of change.
    """

    def __init__(self, stream: str, source: str, batch_id: str) -> None:
        self._key = KEYS[stream]
        self._builder = RowBuilder(stream, source, batch_id)
        self._has_headers = stream == "sales"
        self._pending = 0
        self._rows: list[pa.Table] = []
        self._headers: list[pa.Table] = []

    def add(self, records: list[msgspec.Raw]) -> list[Rejected]:
        """Parse the records of one page; returns those that do not fit."""
        rejected = self._builder.add(records)
        self._pending += len(records)
        if self._pending >= _CHUNK_RECORDS:
            self._close_chunk()
        return rejected

    def close(self) -> tuple[pa.Table, pa.Table | None]:
        """All rows, and for sales one header a sale seen; the batch is at its end then."""
        self._close_chunk()
        rows = pa.concat_tables(self._rows).combine_chunks()
        return rows, pa.concat_tables(self._headers).combine_chunks() if self._has_headers else None

    def _close_chunk(self) -> None:
        rows = self._builder.to_table()
        seen = rows
        if self._has_headers:
            seen = self._builder.headers_table()
            self._headers = [_without(chunk, self._key, seen) for chunk in self._headers] + [seen]
        self._rows = [_without(chunk, self._key, seen) for chunk in self._rows] + [rows]
        self._pending = 0


def _without(chunk: pa.Table, key: str, newer: pa.Table) -> pa.Table:
    return chunk.filter(~pc.field(key).isin(newer[key].combine_chunks()))
