"""Objects of a batch in Cloud Storage: raw pages as gzipped JSON lines, typed rows as Parquet."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from airflow.providers.google.cloud.hooks.gcs import GCSHook

    from include.lightspeed.records import Rejected

RAW_BYTES = 4 * 1024 * 1024
"""A raw object closes at this many compressed bytes; bounds what extract keeps in memory."""

GROUP_ROWS = 16_384
"""Rows of a row group of typed rows, at least."""

REJECTED_SCHEMA = pa.schema(
    [
        pa.field("record_id", pa.string()),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("raw_uri", pa.string(), nullable=False),
        pa.field("record", pa.string(), nullable=False),
    ]
)
"""Columns of a batch's rejected records, as `rejected_records` takes them."""


def rejected_table(rejected: Sequence[tuple[str, Rejected]]) -> pa.Table:
    """Rejected records, each with the raw object that has it, in the columns of `REJECTED_SCHEMA`."""
    rows = [(each.record_id, each.reason, uri, _text(each.record)) for uri, each in rejected]
    columns = list(zip(*rows, strict=True)) or [[] for _ in REJECTED_SCHEMA]
    return pa.table(columns, schema=REJECTED_SCHEMA)


def _text(record: bytes) -> str:
    """A record on one line, as it stands in the raw object."""
    try:
        return msgspec.json.format(record, indent=-1).decode(errors="replace")
    except (ValueError, RecursionError):
        return record.decode(errors="replace")


class BatchObjects:
    """Writes the objects of one batch under their deterministic names.

    Args:
        hook: Cloud Storage hook.
        bucket: name of the landing bucket.
        prefix: folder of the batch, from `object_prefix`.
    """

    def __init__(self, hook: GCSHook, bucket: str, prefix: str) -> None:
        self._hook = hook
        self._bucket = bucket
        self._prefix = prefix
        self._gzip = _GzipBuffer()
        self.raw_uris: list[str] = []

    def raw_uri(self) -> str:
        """URI of the raw object that the next page goes to."""
        return self._uri(f"raw-{len(self.raw_uris):05d}.jsonl.gz")

    def add_page(self, body: bytes) -> None:
        """Append one page, JSON on one line, to the raw object; a full object is uploaded."""
        self._gzip.write(body)
        self._gzip.write(b"\n")
        if self._gzip.size >= RAW_BYTES:
            self.close_raw()

    def close_raw(self) -> None:
        """Upload the raw object if it has any page."""
        if not self._gzip.size:
            return
        uri = self.raw_uri()
        self._upload(uri, self._gzip.finish(), "application/gzip")
        self.raw_uris.append(uri)
        self._gzip = _GzipBuffer()

    def write_json(self, name: str, value: Any) -> None:
        """Upload a JSON document beside the batch's other objects."""
        self._upload(self._uri(name), json.dumps(value).encode(), "application/json")

    def write_table(self, kind: str, table: pa.Table) -> str:
        """Upload a table as Parquet `<kind>.parquet`; returns its URI."""
        sink = io.BytesIO()
        pq.write_table(table, sink, compression="zstd")
        uri = self._uri(f"{kind}.parquet")
        self._upload(uri, sink.getvalue(), "application/vnd.apache.parquet")
        return uri

    def write_batches(self, kind: str, batches: Iterator[pa.RecordBatch]) -> tuple[list[str], int]:
        """Upload record batches as one Parquet object `<kind>.parquet`, a row group at a time in memory.

        Returns its URI in a list, which is empty without rows, and the number of rows.
        """
        sink, rows = io.BytesIO(), 0
        writer: pq.ParquetWriter | None = None
        for table in _groups(batches):
            writer = writer or pq.ParquetWriter(sink, table.schema, compression="zstd")
            writer.write_table(table)
            rows += table.num_rows
            pa.default_memory_pool().release_unused()
        if writer is None:
            return [], 0
        writer.close()
        uri = self._uri(f"{kind}.parquet")
        self._upload(uri, sink.getvalue(), "application/vnd.apache.parquet")
        return [uri], rows

    def _uri(self, name: str) -> str:
        return f"gs://{self._bucket}/{self._prefix}/{name}"

    def _upload(self, uri: str, data: bytes, mime_type: str) -> None:
        name = uri.removeprefix(f"gs://{self._bucket}/")
        self._hook.upload(self._bucket, name, data=data, mime_type=mime_type, timeout=120)


def _groups(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Tables of `GROUP_ROWS` rows or a little more: small row groups would make a load slow."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(each.num_rows for each in waiting) >= GROUP_ROWS:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if any(each.num_rows for each in waiting):
        yield pa.Table.from_batches(waiting)


class _GzipBuffer:
    """A gzip stream in memory; no time stamp in its header, so that equal pages give equal bytes."""

    def __init__(self) -> None:
        self._compressor = zlib.compressobj(level=1, wbits=31)
        self._chunks: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> None:
        self._keep(self._compressor.compress(data))
        self.size = max(self.size, 1)

    def finish(self) -> bytes:
        self._keep(self._compressor.flush())
        return b"".join(self._chunks)

    def _keep(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self.size += len(chunk)
