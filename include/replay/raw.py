"""One batch's raw objects -> its typed rows, by the parsers that its extract used."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from include.landing.manifest import Manifest, split
from include.landing.objects import rejected_table
from include.lightspeed.raw_pages import records_of
from include.lightspeed.records import SCHEMAS, RowBuilder
from include.lightspeed.redaction import is_placeholder

if TYPE_CHECKING:
    from airflow.providers.google.cloud.hooks.gcs import GCSHook

CHUNK = 1024 * 1024
_GZIP = 31


@dataclasses.dataclass(frozen=True)
class Parsed:
    """Rows of a batch, by kind (see `tables.KINDS`); nothing of a kind that it has none of."""

    tables: dict[str, pa.Table]


def parse(hook: GCSHook, manifest: Manifest) -> Parsed:
    """Read a batch's raw objects again.

    Raises:
        RuntimeError: they do not have the pages or give the rows that the manifest tells of.
    """
    batch = manifest.batch
    rows = RowBuilder(batch.table, batch.source, batch.batch_id)
    rejected, number = [], 0
    for uri in batch.raw_uris:
        for page in pages(hook, uri):
            records = records_of(page, batch.source, batch.table)
            taken = manifest.taken.get(number)
            chosen = records if taken is None else [records[place] for place in taken]
            rejected += [(uri, each) for each in rows.add([each for each in chosen if not is_placeholder(each)])]
            number += 1
    if number != batch.pages:
        raise RuntimeError(f"{batch.folder} has {number} pages, but its manifest tells of {batch.pages}.")
    tables = {batch.table: pa.Table.from_batches(rows.batches(), SCHEMAS[batch.table])}
    if batch.table == "sales":
        tables["headers"] = _named(rows.headers_table(), batch.batch_id)
    tables["rejected"] = _named(rejected_table(rejected), batch.batch_id)
    return Parsed({kind: table for kind, table in tables.items() if table.num_rows})


def pages(hook: GCSHook, uri: str) -> Iterator[bytes]:
    """The pages of a raw object, one at a time."""
    data = memoryview(hook.download(*split(uri)))
    unpacker, rest = zlib.decompressobj(_GZIP), b""
    for at in range(0, len(data), CHUNK):
        *lines, rest = (rest + unpacker.decompress(data[at : at + CHUNK])).split(b"\n")
        yield from lines
    *lines, rest = (rest + unpacker.flush()).split(b"\n")
    yield from lines
    if rest or not unpacker.eof:
        raise RuntimeError(f"{uri} ends in the middle of a page.")


def _named(table: pa.Table, batch_id: str) -> pa.Table:
    column = pa.array([batch_id] * table.num_rows, pa.string())
    return table.append_column(pa.field("batch_id", pa.string()), column)
