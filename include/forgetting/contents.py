"""What is inside of an object: taken apart, cleared of people, put together again; equal input gives equal bytes."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.forgetting.columns import Act, Identity, handled
from include.landing.batch import TABLES
from include.lightspeed.redaction import is_placeholder, redact_page, redact_record, series_of

if TYPE_CHECKING:
    from include.forgetting.people import Forgotten

REDACTED = "redacted"
"""What a text becomes that names somebody who was forgotten."""

_ADDRESS = re.compile(r"[^\s<>\"',;:()\[\]]+@[^\s<>\"',;:()\[\]]+")
_STREAM = re.compile(r"lightspeed/([^/]+)/")


def redact_pages(name: str, content: bytes, forgotten: Forgotten) -> bytes:
    """A raw object of Lightspeed: pages, one a line."""
    stream = _STREAM.match(name)
    table = TABLES.get(stream[1], stream[1]) if stream else ""
    lines = _lines(content)
    return _packed(name, content, lines, [_redact_page(line, table, forgotten) for line in lines])


def redact_lines(name: str, content: bytes, forgotten: Forgotten) -> bytes:
    """A raw object of another source: JSON documents, one a line, of any shape."""
    lines = _lines(content)
    return _packed(name, content, lines, [redact_document(line, forgotten) for line in lines])


def redact_rows(_: str, content: bytes, forgotten: Forgotten) -> bytes:
    """Typed rows: those of a forgotten person go, or stay without them, as in the table that they belong to."""
    table = pq.read_table(io.BytesIO(content))
    how = handled(table.column_names)
    if how is None or how.act is Act.REDACT:
        return content
    cleared = table
    for column, kind in how.columns.items():
        theirs = pa.array(_are_theirs(cleared[column].to_pylist(), kind, forgotten), pa.bool_())
        if theirs.true_count:
            cleared = _unlinked(cleared, column, theirs) if how.act is Act.UNLINK else cleared.filter(pc.invert(theirs))
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
    raw, stream = record.encode(), re.search(r"/" + _STREAM.pattern, raw_uri)
    series = series_of(raw)
    if stream is None or series is None:
        return redact_document(raw, forgotten).decode()
    table = TABLES.get(stream[1], stream[1])
    redacted = redact_record(msgspec.Raw(raw), series, table, forgotten.__contains__)
    return None if is_placeholder(redacted) else bytes(redacted).decode()


def redact_document(line: bytes, forgotten: Forgotten) -> bytes:
    """A JSON document with each text that names a forgotten person replaced; the same bytes where none does."""
    try:
        document = json.loads(line)
    except ValueError:
        return line
    cleared = _walk(document, forgotten)
    if cleared == document:
        return line
    return json.dumps(cleared, separators=(",", ":"), ensure_ascii=False).encode()


def texts(name: str, content: bytes) -> Iterator[str]:
    """All that an object says, in lower case, JSON without spaces: what a search looks through, part by part."""
    if name.endswith(".parquet"):
        for batch in pq.ParquetFile(io.BytesIO(content)).iter_batches(4096):
            yield _json(batch.to_pylist())
    elif name.endswith((".jsonl.gz", ".jsonl", ".json")):
        yield from map(_document, _lines(content))
    else:
        yield content.decode("latin-1").lower()


def _redact_page(line: bytes, table: str, forgotten: Forgotten) -> bytes:
    series = series_of(line)
    return line if series is None else redact_page(line, series, table, forgotten.__contains__)


def _walk(value: Any, forgotten: Forgotten) -> Any:
    if isinstance(value, dict):
        return {key: _walk(each, forgotten) for key, each in value.items()}
    if isinstance(value, list):
        return [_walk(each, forgotten) for each in value]
    if not isinstance(value, str):
        return value
    named = [value, *_ADDRESS.findall(value)]
    return REDACTED if any(map(forgotten.names, named)) else value


def _are_theirs(values: list[Any], kind: Identity, forgotten: Forgotten) -> list[bool]:
    is_theirs = forgotten.__contains__ if kind is Identity.CUSTOMER else forgotten.names
    known = {value: value is not None and is_theirs(str(value)) for value in set(values)}
    return [known[value] for value in values]


def _unlinked(table: pa.Table, column: str, theirs: pa.Array) -> pa.Table:
    place = table.schema.get_field_index(column)
    values = pc.if_else(theirs, pa.scalar(None, table.schema.field(place).type), table[column])
    return table.set_column(place, table.schema.field(place), values)


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _lines(content: bytes) -> list[bytes]:
    text = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    return text.splitlines()


def _packed(name: str, content: bytes, before: list[bytes], after: list[bytes]) -> bytes:
    if before == after:
        return content
    text = b"".join(line + b"\n" for line in after)
    if not name.endswith(".gz"):
        return text
    # As the landing writes it: no time stamp in the header.
    compressor = zlib.compressobj(level=1, wbits=31)
    return compressor.compress(text) + compressor.flush()


def _document(line: bytes) -> str:
    try:
        return _json(json.loads(line))
    except ValueError:
        return line.decode(errors="replace").lower()


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str).lower()
