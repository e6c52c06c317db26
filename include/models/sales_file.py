"""A Parquet file of sales from anywhere, brought into the shape of the table `sales`, batch by batch."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pyarrow import ChunkedArray

    Column = pa.Array | ChunkedArray

REQUIRED = ("timestamp", "customer_id")
OPTIONAL = ("product_id", "quantity", "price", "payment_method")
_BATCH_ROWS = 500_000
_MONEY = pa.decimal128(38, 9)
_MOMENT = pa.timestamp("us", tz="UTC")

SALES_SCHEMA = pa.schema(
    [
        pa.field("timestamp", _MOMENT, nullable=False),
        ("customer_id", pa.string()),
        ("product_id", pa.string()),
        pa.field("quantity", _MONEY, nullable=False),
        ("price", _MONEY),
        ("payment_method", pa.string()),
        pa.field("sale_id", pa.string(), nullable=False),
        pa.field("sale_line_id", pa.string(), nullable=False),
        pa.field("line_total", _MONEY, nullable=False),
        pa.field("is_return", pa.bool_(), nullable=False),
        pa.field("is_voided", pa.bool_(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("ingested_at", _MOMENT, nullable=False),
        pa.field("batch_id", pa.string(), nullable=False),
    ]
)


class SalesFileError(ValueError):
    """The file cannot be used; the message says what to change in it."""


@dataclasses.dataclass(frozen=True)
class Normalised:
    """What was written by `normalise`, and the types in which the file has its ids."""

    rows: int
    dropped_rows: int
    """Rows at or after the date, or without a time or a customer."""
    customer_type: pa.DataType
    product_type: pa.DataType


def normalise(source: Path, target: Path, before: dt.date) -> Normalised:
    """Write the rows of `source` that lie before 00:00 UTC of `before` as rows of `sales` to `target`.

    Args:
        source: Parquet with timestamp and customer_id, and where known product_id, quantity, price and
            payment_method. Times without a zone are UTC; texts and whole numbers are taken as ids; a missing
            quantity is one; a negative one is a return.
        target: Parquet to write.
        before: nothing at or after this day is kept.

    Raises:
        SalesFileError: the file is no Parquet, lacks a column, has a column of a type that cannot be read, or
            has no row before the day.
    """
    file = _open(source)
    fields = {field.name: _plain(field.type) for field in file.schema_arrow}
    lines = kept = 0
    with pq.ParquetWriter(target, SALES_SCHEMA) as writer:
        for batch in file.iter_batches(_BATCH_ROWS, columns=[c for c in REQUIRED + OPTIONAL if c in fields]):
            table = _sales(pa.Table.from_batches([batch]), before, lines)
            writer.write_table(table)
            lines, kept = lines + batch.num_rows, kept + table.num_rows
    if not kept:
        raise SalesFileError(f"{source} has no sale of a known customer before {before}: give a later AS_OF.")
    text = pa.string()
    return Normalised(kept, lines - kept, fields["customer_id"], fields.get("product_id", text))


def _open(source: Path) -> pq.ParquetFile:
    if not source.is_file():
        raise SalesFileError(f"{source} does not exist: give the path of a Parquet file of sales.")
    try:
        file = pq.ParquetFile(source)
    except pa.ArrowInvalid:
        raise SalesFileError(f"{source} is not a Parquet file: write the sales with DataFrame.to_parquet.") from None
    missing = [name for name in REQUIRED if name not in file.schema_arrow.names]
    if missing:
        raise SalesFileError(
            f"{source} lacks the column {' and '.join(missing)}: it needs {', '.join(REQUIRED + OPTIONAL)}."
        )
    return file


def _sales(table: pa.Table, before: dt.date, first_line: int) -> pa.Table:
    table = table.append_column("line", pa.array(range(first_line, first_line + table.num_rows), pa.int64()))
    moments = _moments(table["timestamp"])
    customers = _texts(table["customer_id"], "customer_id")
    limit = pa.scalar(dt.datetime(before.year, before.month, before.day, tzinfo=dt.UTC), _MOMENT)
    keep = pc.fill_null(pc.and_(pc.less(moments, limit), pc.is_valid(customers)), False)
    table, moments, customers = table.filter(keep), moments.filter(keep), customers.filter(keep)
    quantity = pc.fill_null(_numbers(table, "quantity"), 1.0)
    price = _numbers(table, "price")
    count = table.num_rows
    columns = {
        "timestamp": moments,
        "customer_id": customers,
        "product_id": _texts(table["product_id"], "product_id") if "product_id" in table.column_names else None,
        "quantity": _money(quantity),
        "price": _money(price),
        "payment_method": _payment(table),
        "sale_id": pc.binary_join_element_wise(customers, pc.cast(pc.cast(moments, pa.int64()), pa.string()), "@"),
        "sale_line_id": pc.cast(table["line"], pa.string()),
        "line_total": _money(pc.multiply(quantity, pc.fill_null(price, 0.0))),
        "is_return": pc.less(quantity, 0.0),
        "is_voided": pa.repeat(False, count),
        "source": pa.repeat("file", count),
        "ingested_at": moments,
        "batch_id": pa.repeat("file", count),
    }
    arrays = [pa.nulls(count, f.type) if columns[f.name] is None else columns[f.name] for f in SALES_SCHEMA]
    return pa.Table.from_arrays(arrays, schema=SALES_SCHEMA)


def _moments(column: Column) -> Column:
    kind = _plain(column.type)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        column = pc.cast(column, pa.timestamp("us", tz=getattr(kind, "tz", None)), safe=False)
        return pc.cast(column, _MOMENT) if column.type.tz else pc.assume_timezone(column, "UTC")
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        import pandas as pd

        try:
            parsed = pd.to_datetime(column.to_pandas().astype("object"), utc=True, format="ISO8601")
        except ValueError as error:
            raise SalesFileError(f"The column timestamp has a text that is no ISO 8601 time: {error}.") from None
        return pa.chunked_array([pa.Array.from_pandas(parsed, type=_MOMENT)])
    raise SalesFileError(f"The column timestamp has the type {kind}: give timestamps, dates or ISO 8601 texts.")


def _texts(column: Column, name: str) -> Column:
    try:
        plain = pc.cast(column, _plain(column.type))
        return pc.cast(plain, pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise SalesFileError(f"The column {name} has the type {column.type}: give texts or numbers.") from None


def _payment(table: pa.Table) -> Column | None:
    return _texts(table["payment_method"], "payment_method") if "payment_method" in table.column_names else None


def _numbers(table: pa.Table, name: str) -> Column:
    """The column as floats, NULL where it is missing, empty or not finite."""
    if name not in table.column_names or pa.types.is_null(table[name].type):
        return pa.nulls(table.num_rows, pa.float64())
    column = table[name]
    try:
        if pa.types.is_string(_plain(column.type)) or pa.types.is_large_string(_plain(column.type)):
            column = pc.cast(column, pa.string())
            column = pc.if_else(pc.equal(pc.utf8_trim_whitespace(column), ""), None, column)
        numbers = pc.cast(column, pa.float64(), safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise SalesFileError(
            f"The column {name} has a value that is no number: give numbers or leave it empty."
        ) from None
    return pc.if_else(pc.is_finite(numbers), numbers, None)


def _money(numbers: Column) -> Column:
    return pc.cast(pc.round(numbers, 4), _MONEY, safe=False)


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind
