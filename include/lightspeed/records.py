"""Raw records in, Arrow tables out: the typed rows of one batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from include.lightspeed import r_records, r_reference, x_records
from include.lightspeed.columns import entity_batch, sales_batch
from include.lightspeed.errors import ConfigurationError
from include.lightspeed.rows import ParsedSale, RecordError
from include.lightspeed.schemas import NUMERIC, SALE_HEADERS, SCHEMAS, TIMESTAMP

__all__ = ["NUMERIC", "SALE_HEADERS", "SCHEMAS", "TIMESTAMP", "Rejected", "RowBuilder"]

PARSERS: dict[tuple[str, str], Callable[[msgspec.Raw], Any]] = {
    ("r_series", "sales"): r_records.parse_sale,
    ("r_series", "customers"): r_reference.parse_customer,
    ("r_series", "products"): r_reference.parse_product,
    ("x_series", "sales"): x_records.parse_sale,
    ("x_series", "customers"): x_records.parse_customer,
    ("x_series", "products"): x_records.parse_product,
}
ID_FIELDS = {"sales": "saleID", "customers": "customerID", "products": "itemID"}
COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")
SLICE_RECORDS = 250
"""Records that are held as Python objects at a time."""
NOT_A_NUMBER = "a number is not finite, or too large to compute with"
TOO_DEEP = "its values are nested too deeply"
LONGEST_ID = 100
"""Characters of a rejected record's id that are kept."""
# msgspec lets UnicodeDecodeError through, a ValueError like its own errors.
UNFIT = (ValueError, ArithmeticError, RecursionError)


@dataclass(frozen=True)
class Rejected:
    """A record that has no place in the tables.

    Attributes:
        record: the record as received.
        reason: one sentence that quotes no personal data.
        record_id: the record's id, when at least that could be read.
    """

    record: bytes
    reason: str
    record_id: str | None


class RowBuilder:
    """Collects the rows of one stream and batch.

    Of several states of one record only the newest counts, as long as the buffer holds them: of a sale the one
    with the highest version, otherwise (and among equals) the one that was added last.

    Args:
        stream: ``sales``, ``customers`` or ``products``.
        series: ``r_series`` or ``x_series``; fills ``source``.
        batch_id: fills ``batch_id``.

    Raises:
        ConfigurationError: there is no such stream or series.
    """

    def __init__(self, stream: str, series: str, batch_id: str) -> None:
        try:
            self._parse = PARSERS[series, stream]
        except KeyError:
            raise ConfigurationError(f"There is no stream {stream!r} in series {series!r}.") from None
        self._stream, self._series, self._batch_id = stream, series, batch_id
        # Compressed, a tenth of its size: a batch's rows would be most of what extract holds in memory.
        self._parts: list[tuple[pa.Buffer, pa.Array]] = []
        self._newest: dict[str, int] = {}
        self._headers: dict[str, tuple[datetime | None, datetime | None, int]] = {}
        self._added = 0

    def add(self, records: Sequence[msgspec.Raw]) -> list[Rejected]:
        """Add one page of records; those that do not fit are returned, the others are kept. Never raises."""
        rejected: list[Rejected] = []
        for first in range(0, len(records), SLICE_RECORDS):
            rejected += self._add_slice(records[first : first + SLICE_RECORDS])
        return rejected

    def _add_slice(self, records: Sequence[msgspec.Raw]) -> list[Rejected]:
        rejected: list[Rejected] = []
        parsed: list[tuple[msgspec.Raw, Any]] = []
        for raw in records:
            try:
                parsed.append((raw, self._parse(raw)))
            except UNFIT as error:
                rejected.append(self._reject(raw, error))
        try:
            self._append([row for _, row in parsed])
        except RecordError:
            rejected += self._append_singly(parsed)
        return rejected

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows added since the last call, a page at a time, and forget them.

        The schema is ``SCHEMAS[stream]``; one row a sale line, customer or product.
        """
        parts, newest, added = self._parts, self._newest, self._added
        self._parts, self._newest, self._added = [], {}, 0
        kept = pa.array(newest.values(), pa.int64()) if added > len(newest) else None
        for part, positions in parts:
            batch = pa.ipc.open_stream(part).read_next_batch()
            yield batch if kept is None else batch.filter(pc.is_in(positions, kept))

    def to_table(self) -> pa.Table:
        """Return what ``batches`` yields in one table."""
        return pa.Table.from_batches(self.batches(), SCHEMAS[self._stream])

    def headers_table(self) -> pa.Table:
        """Return one row a sale seen since the last call and forget them: ``SALE_HEADERS``.

        A sale that is not completed, or not any more, has no ``completed_at``; it must vanish from ``sales``.
        Rejected sales are not in it: what is known of them stays.
        """
        seen, self._headers = self._headers, {}
        columns = [list(seen), *zip(*seen.values(), strict=True)] if seen else [()] * len(SALE_HEADERS)
        arrays = [pa.array(values, field.type) for values, field in zip(columns, SALE_HEADERS, strict=True)]
        return pa.Table.from_arrays(arrays, schema=SALE_HEADERS)

    def _append(self, rows: list[Any]) -> None:
        if not rows:
            return
        first = self._added
        if self._stream == "sales":
            batch = sales_batch(rows, self._series, self._batch_id)
            sizes = [len(sale.lines) for sale in rows]
            self._note_sales(rows, first)
        else:
            batch = entity_batch(rows, self._stream, self._series, self._batch_id)
            sizes = [1] * len(rows)
            self._newest |= {row[0]: first + at for at, row in enumerate(rows)}
        positions = [first + at for at, size in enumerate(sizes) for _ in range(size)]
        self._parts.append((_compressed(batch), pa.array(positions, pa.int64())))
        self._added += len(rows)

    def _note_sales(self, sales: list[ParsedSale], first: int) -> None:
        for at, sale in enumerate(sales, first):
            known = self._headers.get(sale.sale_id)
            if known is None or known[2] <= sale.version:
                self._headers[sale.sale_id] = (sale.completed_at, sale.updated_at, sale.version)
                self._newest[sale.sale_id] = at

    def _append_singly(self, parsed: list[tuple[msgspec.Raw, Any]]) -> list[Rejected]:
        """Append record by record, to find the ones whose values do not fit their columns."""
        rejected = []
        for raw, row in parsed:
            try:
                self._append([row])
            except RecordError as error:
                rejected.append(self._reject(raw, error))
        return rejected

    def _reject(self, raw: msgspec.Raw, error: Exception) -> Rejected:
        field = "id" if self._series == "x_series" else ID_FIELDS[self._stream]
        return Rejected(bytes(raw), _reason(error), _identifier(raw, field))


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return TOO_DEEP
    return NOT_A_NUMBER if isinstance(error, ArithmeticError) else str(error)


def _identifier(raw: msgspec.Raw, field: str) -> str | None:
    """Return the record's id if it is a text or a number, and not longer than any id is."""
    try:
        value = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])[field]
        return str(msgspec.json.decode(value, type=str | int))[:LONGEST_ID]
    except (ValueError, KeyError, RecursionError):
        return None


def _compressed(batch: pa.RecordBatch) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=COMPRESSED) as stream:
        stream.write_batch(batch)
    return sink.getvalue()
