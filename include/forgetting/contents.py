"""What is inside of an object: taken apart, cleared of people, put together again; equal input gives equal bytes."""

from __future__ import annotations

import io
import json
import re
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from include.forgetting.columns import Act, Identity, handled
from include.forgetting.records import redact_page, redact_record
from include.landing import unpack
from include.landing.batch import TABLES
from include.lightspeed.redaction import is_placeholder, series_of

if TYPE_CHECKING:
    from include.forgetting.people import Forgotten

REDACTED = "redacted"
"""What stands for a text that named somebody."""

_STREAM = re.compile(r"(?:^|/)(?:lightspeed|engagement)/([^/]+)/")


def redact_pages(name: str, content: bytes, forgotten: Forgotten) -> bytes:
    """A raw object: pages, one a line."""
    lines = _lines(name, content)
    redacted = [redact_page(line, series_of(line) or "", table_of(name), forgotten) for line in lines]
    if redacted == lines:
        return content
    # As the landing writes it: no time stamp in the header.
    compressor = zlib.compressobj(level=1, wbits=31)
    return compressor.compress(b"".join(line + b"\n" for line in redacted)) + compressor.flush()


def table_of(name: str) -> str:
    """The table that a batch's object, or its URI, belongs to; empty where the name does not tell."""
    stream = _STREAM.search(name)
    return TABLES.get(stream[1], stream[1]) if stream else ""


def redact_rows(_: str, content: bytes, forgotten: Forgotten) -> bytes:
    """Typed rows: those of a forgotten person go, or stay without them, as in the table that they belong to."""
    table = pq.read_table(io.BytesIO(content))
    how = handled(table.column_names)
    if how is None or how.act is Act.REDACT:
        return content
    cleared = table
    for column, kind in how.columns.items():
        theirs = _are_theirs(cleared[column].to_pylist(), kind, forgotten)
        if any(theirs):
            cleared = _unlinked(cleared, column, theirs) if how.act is Act.UNLINK else _without(cleared, theirs)
    return content if cleared is table else _parquet(cleared)


def redact_rejected(name: str, content: bytes, forgotten: Forgotten) -> bytes:
    """Rejected records of a batch, redacted as its raw pages are."""
    table = pq.read_table(io.BytesIO(content))
    rows = table.to_pylist()
    kept = [row | {"record": text} for row in rows if (text := redact_text(row["record"], row["raw_uri"], forgotten))]
    return content if kept == rows else _parquet(pa.Table.from_pylist(kept, schema=table.schema))


def redact_text(record: str, raw_uri: str, forgotten: Forgotten) -> str | None:
    """A rejected record as its raw object has it now; None when it was a forgotten person's own.

    Args:
        record: the record as it came, JSON.
        raw_uri: `gs://…` of the raw object that has it: its folder tells the stream.
        forgotten: who is taken out.
    """
    raw = msgspec.Raw(record.encode())
    series = series_of(raw) if "/lightspeed/" in raw_uri else ""
    redacted = raw if series is None else redact_record(raw, series, table_of(raw_uri), forgotten)
    return None if is_placeholder(redacted) else bytes(redacted).decode()


def redact_document(_: str, content: bytes, forgotten: Forgotten) -> bytes:
    """A JSON document of any shape, such as a webhook as it came: texts that name a forgotten person are replaced."""
    try:
        document = json.loads(content)
    except ValueError:
        return content
    cleared = _walk(document, forgotten)
    return content if cleared == document else json.dumps(cleared, ensure_ascii=False).encode()


def texts(name: str, content: bytes) -> Iterator[str]:
    """All that an object says, in lower case, JSON without spaces: what a search looks through, part by part."""
    if name.endswith(".parquet"):
        for batch in pq.ParquetFile(io.BytesIO(content)).iter_batches(4096):
            yield _json(batch.to_pylist())
    elif name.endswith((".jsonl.gz", ".jsonl", ".json")):
        yield from map(_document, _lines(name, content))
    else:
        yield content.decode("latin-1").lower()


def _walk(value: Any, forgotten: Forgotten) -> Any:
    if isinstance(value, dict):
        return {key: _walk(each, forgotten) for key, each in value.items()}
    if isinstance(value, list):
        return [_walk(each, forgotten) for each in value]
    return REDACTED if isinstance(value, str) and forgotten.names(value) else value


def _are_theirs(values: list[Any], kind: Identity, forgotten: Forgotten) -> list[bool]:
    is_theirs = forgotten.__contains__ if kind is Identity.CUSTOMER else forgotten.names
    known = {value: value is not None and is_theirs(str(value)) for value in set(values)}
    return [known[value] for value in values]


def _without(table: pa.Table, theirs: list[bool]) -> pa.Table:
    return table.filter(pa.array([not each for each in theirs], pa.bool_()))


def _unlinked(table: pa.Table, column: str, theirs: list[bool]) -> pa.Table:
    place = table.schema.get_field_index(column)
    field = table.schema.field(place)
    values = [None if hit else value for value, hit in zip(table[column].to_pylist(), theirs, strict=True)]
    return table.set_column(place, field, pa.array(values, field.type))


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _lines(name: str, content: bytes) -> list[bytes]:
    return list(unpack.lines(content, name)) if content.startswith(b"\x1f\x8b") else content.splitlines()


def _document(line: bytes) -> str:
    try:
        return _json(json.loads(line))
    except ValueError:
        return line.decode(errors="replace").lower()


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str).lower()
