"""Tuples of Python values into Arrow batches, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from include.lightspeed.rows import NANO, NUMERIC_CONTEXT, ParsedSale, RecordError, Row, SaleHead, SaleLine
from include.lightspeed.schemas import NUMERIC, SCHEMAS, TENDERS

HEAD = pa.schema([SCHEMAS["sales"].field(name) for name in SaleHead._fields])
LINE = pa.schema([SCHEMAS["sales"].field(name) for name in SaleLine._fields])


def sales_batch(sales: Sequence[ParsedSale], source: str, batch_id: str) -> pa.RecordBatch:
    """Return one row a line, in the columns of ``sales``; the sales' own columns are repeated.

    Raises:
        RecordError: a value does not fit its column.
    """
    positions = [at for at, sale in enumerate(sales) for _ in sale.lines]
    lines = _columns([line for sale in sales for line in sale.lines], LINE)
    heads = _columns([sale.head or (None,) * len(HEAD) for sale in sales], HEAD)
    index = pa.array(positions, pa.int32())
    by_name = dict(zip(LINE.names, lines, strict=True))
    by_name |= {name: column.take(index) for name, column in zip(HEAD.names, heads, strict=True)}
    return _with_lineage(by_name, SCHEMAS["sales"], len(positions), source, batch_id)


def entity_batch(rows: Sequence[Row], stream: str, source: str, batch_id: str) -> pa.RecordBatch:
    """Return one row a customer or product.

    Raises:
        RecordError: a value does not fit its column.
    """
    schema = SCHEMAS[stream]
    own = pa.schema([field for field in schema if field.name not in {"source", "batch_id"}])
    by_name = dict(zip(own.names, _columns(rows, own), strict=True))
    return _with_lineage(by_name, schema, len(rows), source, batch_id)


def _with_lineage(
    columns: dict[str, pa.Array], schema: pa.Schema, length: int, source: str, batch_id: str
) -> pa.RecordBatch:
    columns |= {"source": pa.repeat(source, length), "batch_id": pa.repeat(batch_id, length)}
    return pa.record_batch([columns[name] for name in schema.names], schema=schema)


def _columns(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> list[pa.Array]:
    values = list(zip(*rows, strict=True)) or [()] * len(schema)
    return [_array(column, field.type) for column, field in zip(values, schema, strict=True)]


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(_within_reach(values) if kind == NUMERIC else values, kind, from_pandas=False)
    except (ValueError, TypeError, ArithmeticError) as error:
        if kind == NUMERIC:
            return pa.array([to_numeric(value) for value in values], kind)
        if kind == TENDERS:
            return pa.array([_rounded(tenders) for tenders in values], kind)
        raise RecordError(f"a value does not fit {kind}") from error


def _within_reach(values: Sequence[Decimal | None]) -> list[Decimal | None]:
    """The same numbers, cut to NUMERIC's 38 digits where they have more.

    Arrow's tables of powers end at some point below 10**-1,000,000, which it does not check: 1e-999999999, or a
    number of millions of digits, would end the process.

    Raises:
        ArithmeticError: a number is above 10**999,999, or none.
    """
    try:
        return list(map(NUMERIC_CONTEXT.plus, values))  # ty: ignore[invalid-argument-type]
    except TypeError:
        return [value if value is None else NUMERIC_CONTEXT.plus(value) for value in values]


def _rounded(tenders: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    return tenders and [{"name": each["name"], "amount": to_numeric(each["amount"])} for each in tenders]


def to_numeric(value: Decimal | None) -> Decimal | None:
    """Round to the nine decimals of BigQuery's NUMERIC, half away from zero.

    Raises:
        RecordError: not a finite number, or more than 29 digits before the point.
    """
    if value is None:
        return None
    try:
        rounded = NUMERIC_CONTEXT.quantize(value, NANO)
    except InvalidOperation:
        rounded = Decimal("NaN")
    if not rounded.is_finite():
        raise RecordError("a number does not fit NUMERIC (29 digits, nine decimals)")
    return rounded
