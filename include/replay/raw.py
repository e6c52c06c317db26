"""One batch's raw objects -> its typed rows, by the parsers that its extract used."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from include.landing.downloads import download
from include.landing.manifest import Manifest, split
from include.landing.objects import rejected_table
from include.landing.rows import records_of, row_builder, schema
from include.landing.unpack import LARGEST_OBJECT, lines
from include.lightspeed.redaction import is_placeholder

if TYPE_CHECKING:
    from airflow.providers.google.cloud.hooks.gcs import GCSHook

_RAW_OBJECT = re.compile(r"raw-\d{5,}\.jsonl\.gz")


@dataclasses.dataclass(frozen=True)
class Parsed:
    """Rows of a batch, by kind (see `tables.KINDS`); nothing of a kind that it has none of."""

    tables: dict[str, pa.Table]


def parse(hook: GCSHook, folder: str, manifest: Manifest) -> Parsed:
    """Read a batch's raw objects again.

    Args:
        hook: Cloud Storage hook.
        folder: `gs://…` folder that the manifest was found in: nothing outside of it is read.
        manifest: what the batch was.

    Raises:
        RuntimeError: they do not have the pages or give the rows that the manifest tells of.
        ValueError: the manifest names anything but a raw object, or one is not as `unpack` allows.
    """
    batch = manifest.batch
    rows = row_builder(batch.table, batch.source, batch.batch_id)
    rejected, number = [], 0
    for uri in batch.raw_uris:
        for page in pages(hook, f"{folder}/{_raw_name(uri)}"):
            records = records_of(page, batch.source, batch.table)
            taken = manifest.taken.get(number)
            chosen = records if taken is None else [_at(records, place, folder) for place in taken]
            rejected += [(uri, each) for each in rows.add([each for each in chosen if not is_placeholder(each)])]
            number += 1
    if number != batch.pages:
        raise RuntimeError(f"{batch.folder} has {number} pages, but its manifest tells of {batch.pages}.")
    tables = {batch.table: pa.Table.from_batches(rows.batches(), schema(batch.table))}
    if batch.table == "sales":
        tables["headers"] = _named(rows.headers_table(), batch.batch_id)
    tables["rejected"] = _named(rejected_table(rejected), batch.batch_id)
    return Parsed({kind: table for kind, table in tables.items() if table.num_rows})


def pages(hook: GCSHook, uri: str) -> Iterator[bytes]:
    """The pages of a raw object, one at a time.

    Raises:
        ValueError: the object is larger, or unpacks into more, than `unpack` allows.
    """
    yield from lines(download(hook, *split(uri), LARGEST_OBJECT), uri)


def _at(records: list[msgspec.Raw], place: int, folder: str) -> msgspec.Raw:
    if not 0 <= place < len(records):
        raise RuntimeError(f"The manifest of {folder} tells of a record that its page does not have.")
    return records[place]


def _raw_name(uri: str) -> str:
    name = uri.rpartition("/")[2]
    if not _RAW_OBJECT.fullmatch(name):
        raise ValueError(f"A manifest names {uri[:200]!r}, which is no raw object: see who has written it.")
    return name


def _named(table: pa.Table, batch_id: str) -> pa.Table:
    column = pa.array([batch_id] * table.num_rows, pa.string())
    return table.append_column(pa.field("batch_id", pa.string()), column)
