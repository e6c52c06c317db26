"""Records of engagement in, Arrow rows out: the typed rows of one batch of e-mails or social events.

Records are made by this package when it reads a source and hold nothing that no column needs: no subject, no text.
Rows of `content_events` never pass through Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from include.engagement import mail_records, social_records
from include.lightspeed.records import Rejected
from include.lightspeed.schemas import TIMESTAMP

Row = tuple[Any, ...]


def _required(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


SCHEMAS: dict[str, pa.Schema] = {
    "email_events": pa.schema(
        [
            _required("event_at", TIMESTAMP),
            _required("mailbox", pa.string()),
            _required("message_id", pa.string()),
            _required("thread_id", pa.string()),
            _required("direction", pa.string()),
            _required("counterpart", pa.string()),
            ("reply_delay_seconds", pa.int64()),
            _required("source", pa.string()),
            _required("batch_id", pa.string()),
        ]
    ),
    "content_events": pa.schema([_required("batch_id", pa.string())]),
    "social_events": pa.schema(
        [
            _required("event_at", TIMESTAMP),
            _required("event_id", pa.string()),
            _required("platform", pa.string()),
            _required("event_type", pa.string()),
            _required("account_id", pa.string()),
            ("handle", pa.string()),
            ("object_id", pa.string()),
            _required("signature_checked", pa.bool_()),
            _required("source", pa.string()),
            _required("batch_id", pa.string()),
        ]
    ),
}
"""The tables' columns, but `ingested_at`, which the commit sets; of `content_events`, which SQL fills, next to none."""

PARSERS: dict[str, Callable[[msgspec.Raw], tuple[str, list[Row]]]] = {
    "email_events": mail_records.parse,
    "social_events": social_records.parse,
}
"""Table -> record in, key and rows without `source` and `batch_id` out; ValueError: the reason of its rejection."""


class EventRows:
    """Collects the rows of one batch; of a record that comes twice the last one counts.

    Args:
        table: one of `SCHEMAS`.
        source: fills `source`.
        batch_id: fills `batch_id`.
    """

    def __init__(self, table: str, source: str, batch_id: str) -> None:
        self._table, self._source, self._batch_id = table, source, batch_id
        self._rows: dict[str, list[Row]] = {}

    def add(self, records: Sequence[msgspec.Raw]) -> list[Rejected]:
        """Add one page of records; those that do not fit are returned, the others are kept. Never raises."""
        rejected = []
        for raw in records:
            try:
                key, rows = PARSERS[self._table](raw)
            except (ValueError, ArithmeticError) as error:
                rejected.append(Rejected(bytes(raw), str(error), _id_of(raw)))
            else:
                self._rows[key] = rows
        return rejected

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows added since the last call, in the columns of `SCHEMAS`, and forget them."""
        found, self._rows = self._rows, {}
        rows = [(*row, self._source, self._batch_id) for rows in found.values() for row in rows]
        if rows:
            schema = SCHEMAS[self._table]
            columns = zip(*rows, strict=True)
            arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def headers_table(self) -> pa.Table:
        """Events have no headers."""
        return pa.table({})


class _Stored(msgspec.Struct):
    records: list[msgspec.Raw]


def page_body(records: Sequence[msgspec.Raw]) -> bytes:
    """Records as one line of a raw object."""
    return b'{"records":[' + b",".join(bytes(record) for record in records) + b"]}"


def records_of(body: bytes) -> list[msgspec.Raw]:
    """Return the records of a line that `page_body` made.

    Raises:
        ValueError: the line is something else.
    """
    return msgspec.json.decode(body, type=_Stored).records


def _id_of(raw: msgspec.Raw) -> str | None:
    try:
        found = msgspec.json.decode(raw, type=dict[str, Any])
    except ValueError:
        return None
    return str(found.get("id") or found.get("object") or "") or None
