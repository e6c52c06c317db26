"""Raw objects -> Parquet parts in the landing bucket, a few batches in memory at a time.

A part is named after the batches in it: a replay that was killed and runs again finds the parts that it has made.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import io
import json
import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from include.landing.manifest import NAME, Manifest, read_json
from include.lightspeed.schemas import TIMESTAMP
from include.replay.raw import parse

if TYPE_CHECKING:
    from airflow.providers.google.cloud.hooks.gcs import GCSHook

    from include.replay.catalogue import Committed
    from include.replay.tables import Scope

log = logging.getLogger(__name__)

PART_RECORDS = 25_000
FOLDER = "replay"
STRINGS = pa.list_(pa.string())
BATCHES = pa.schema(
    [(name, pa.string()) for name in ("batch_id", "stream", "source")]
    + [("batch_number", pa.int64()), ("mode", pa.string()), ("reached_end", pa.bool_())]
    + [("cursor_from", pa.string()), ("cursor_to", pa.string()), ("raw_uris", STRINGS), ("row_uris", STRINGS)]
    + [(name, pa.int64()) for name in ("pages", "records", "rows_loaded", "rejected")]
    + [(name, TIMESTAMP) for name in ("extract_started_at", "extract_ended_at", "committed_at")]
    + [("dag_run_id", pa.string())]
)
"""The columns of `ingest_batches`."""


@dataclasses.dataclass(frozen=True)
class Parts:
    """The parts of one replay.

    Args:
        hook: Cloud Storage hook.
        bucket: the landing bucket.
        replay_id: names the folder of the parts.
        scope: what is made again.
    """

    hook: GCSHook
    bucket: str
    replay_id: str
    scope: Scope

    def write(self, batches: Sequence[Committed]) -> list[str]:
        """Parse batches into parts, except parts that are there; returns the names of all of them."""
        names, done = [], 0
        for group in groups(batches):
            name = self._name(group)
            if not self.hook.exists(self.bucket, self._object(name, "part.json")):
                self._write(name, group)
            done += len(group)
            names.append(name)
            log.info("Replay %s: %d of %d batches parsed.", self.replay_id, done, len(batches))
        return names

    def uris(self, names: Sequence[str]) -> dict[str, list[str]]:
        """Kind -> its objects in these parts."""
        found: dict[str, list[str]] = {}
        for name in names:
            for kind in read_json(self.hook, f"gs://{self.bucket}/{self._object(name, 'part.json')}")["kinds"]:
                found.setdefault(kind, []).append(f"gs://{self.bucket}/{self._object(name, f'{kind}.parquet')}")
        return found

    def remove(self) -> None:
        """Remove all parts of this replay."""
        for name in self.hook.list(self.bucket, prefix=f"{FOLDER}/{self.replay_id}/") or []:
            self.hook.delete(self.bucket, name, ignore_error=True)

    def _write(self, name: str, group: Sequence[Committed]) -> None:
        writers: dict[str, tuple[io.BytesIO, pq.ParquetWriter]] = {}
        for kind, table in self._tables(group):
            if kind not in writers:
                sink = io.BytesIO()
                writers[kind] = sink, pq.ParquetWriter(sink, table.schema, compression="zstd")
            writers[kind][1].write_table(table)
            pa.default_memory_pool().release_unused()
        for kind, (sink, writer) in writers.items():
            writer.close()
            self._upload(name, f"{kind}.parquet", sink.getvalue(), "application/vnd.apache.parquet")
        self._upload(name, "part.json", json.dumps({"kinds": list(writers)}).encode(), "application/json")

    def _tables(self, group: Sequence[Committed]) -> Iterator[tuple[str, pa.Table]]:
        for committed in group:
            manifest = Manifest.from_json(read_json(self.hook, f"{committed.folder}/{NAME}"))
            yield "batches", ledger_row(manifest, committed)
            if committed.table in self.scope.streams:
                tables = parse(self.hook, committed.folder, manifest).tables
                yield from ((kind, table) for kind, table in tables.items() if kind in self.scope.kinds)

    def _upload(self, name: str, file: str, data: bytes, mime_type: str) -> None:
        self.hook.upload(self.bucket, self._object(name, file), data=data, mime_type=mime_type, timeout=120)

    def _object(self, name: str, file: str) -> str:
        return f"{FOLDER}/{self.replay_id}/{name}/{file}"

    def _name(self, group: Sequence[Committed]) -> str:
        told = [f"{batch.batch_id} {batch.place}" for batch in group] + list(self.scope.kinds)
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def groups(batches: Sequence[Committed]) -> Iterator[list[Committed]]:
    """Batches in their order, a group closing at `PART_RECORDS` records."""
    group: list[Committed] = []
    for batch in batches:
        group.append(batch)
        if sum(each.records for each in group) >= PART_RECORDS:
            yield group
            group = []
    if group:
        yield group


def ledger_row(manifest: Manifest, committed: Committed) -> pa.Table:
    """The row of `ingest_batches` that a batch's commit wrote."""
    values: dict[str, Any] = dataclasses.asdict(manifest.batch)
    values["committed_at"] = committed.place[0]
    for name in ("extract_started_at", "extract_ended_at"):
        values[name] = dt.datetime.fromisoformat(values[name])
    return pa.Table.from_pylist([{name: values[name] for name in BATCHES.names}], schema=BATCHES)
