"""What must hold of every record and every answer, however odd. Needs only what the parsers need, no test tools."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from include.landing.objects import rejected_table
from include.lightspeed import r_pages, raw_pages, x_pages
from include.lightspeed.client import one_line
from include.lightspeed.drift import DriftDetector
from include.lightspeed.errors import UnexpectedResponse
from include.lightspeed.records import LONGEST_ID, SCHEMAS, Rejected, RowBuilder
from tests.fuzz.seeds import SECRET

LONGEST_REASON = 300


@dataclass(frozen=True)
class Outcome:
    """What became of a record: rows (perhaps none, of an open sale), or a rejection."""

    ids: tuple[str, ...]
    rows: int
    rejected: Rejected | None


def record(series: str, stream: str, body: bytes) -> Outcome:
    """A record becomes rows or exactly one rejection; its reason tells no secret and is one line."""
    builder = RowBuilder(stream, series, "b")
    refused = builder.add([msgspec.Raw(body)])
    table, headers = builder.to_table(), builder.headers_table()
    if refused:
        (one,) = refused
        assert table.num_rows == headers.num_rows == 0
        _tells_no_secret(one, body)
        return Outcome((), 0, one)
    assert table.schema == SCHEMAS[stream]
    table.validate(full=True)
    if stream != "sales":
        assert table.num_rows == 1
        return Outcome(tuple(table[f"{stream.removesuffix('s')}_id"].to_pylist()), 1, None)
    assert headers.num_rows == 1
    expected = lines_of(series, body) if headers["completed_at"][0].is_valid else 0
    assert expected in (None, table.num_rows)
    return Outcome(tuple(headers["sale_id"].to_pylist()), table.num_rows, None)


def _tells_no_secret(one: Rejected, body: bytes) -> None:
    assert one.record == body
    assert 0 < len(one.reason) <= LONGEST_REASON
    assert one.reason.isprintable()
    assert SECRET not in one.reason
    assert one.record_id is None or len(one.record_id) <= LONGEST_ID
    assert rejected_table([("gs://bucket/raw", one)]).num_rows == 1


def lines_of(series: str, body: bytes) -> int | None:
    """How many lines of a completed sale count, read by Python's own JSON; None where that cannot read it."""
    try:
        sale = json.loads(body.decode(errors="replace"), parse_int=float, strict=False)
    except (ValueError, RecursionError):
        return None
    if series == "r_series":
        lines = sale.get("SaleLines") or {}
        inside = "" if isinstance(lines, str) else lines.get("SaleLine", "")
        return len(inside) if isinstance(inside, list) else int(isinstance(inside, dict))
    dated = "_metadata" in sale
    voided = sale.get("state") == "voided" if dated else sale.get("status") == "VOIDED"
    statuses = [str(line.get("status") or "") for line in sale.get("line_items") or []]
    statuses = [status.upper() for status in statuses] if dated else statuses
    return sum(1 for status in statuses if voided or status != "VOIDED")


def page(series: str, stream: str, bodies: Sequence[bytes]) -> list[Outcome]:
    """On a page no record harms another: each has the outcome that it has alone, and a page comes apart again."""
    alone = [record(series, stream, body) for body in bodies]
    builder = RowBuilder(stream, series, "b")
    refused = builder.add([msgspec.Raw(body) for body in bodies])
    assert sorted(map(_key, refused)) == sorted(_key(each.rejected) for each in alone if each.rejected)
    known = {name for each in alone for name in each.ids}
    if stream == "sales":
        assert set(builder.headers_table()["sale_id"].to_pylist()) == known
    else:
        assert set(builder.to_table()[f"{stream.removesuffix('s')}_id"].to_pylist()) == known
    assert [bytes(raw) for raw in raw_pages.records_of(envelope(series, stream, bodies), series, stream)] == list(
        bodies
    )
    drift(series, stream, bodies)
    return alone


def _key(one: Rejected) -> tuple[bytes, str, str]:
    return one.record, one.reason, str(one.record_id)


def envelope(series: str, stream: str, bodies: Sequence[bytes]) -> bytes:
    """Records as a page of their API has them."""
    records = b"[" + b",".join(bodies) + b"]"
    if series == "r_series":
        return b'{"@attributes":{"next":""},"' + r_pages.RESOURCES[stream].name.encode() + b'":' + records + b"}"
    return b'{"data":' + records + b',"version":{"min":1,"max":1}}'


def drift(series: str, stream: str, bodies: Sequence[bytes]) -> None:
    """What is told of undocumented fields is short, one line, and no value."""
    detector = DriftDetector(series, stream)
    for _ in range(8):
        detector.add([msgspec.Raw(body) for body in bodies])
    for change in detector.changes():
        assert change.path.isprintable()
        assert len(change.path) < 400


def answer(series: str, stream: str, body: bytes) -> list[Outcome] | None:
    """An answer is a page whose records hold the claims, or one clear error; None for the latter."""
    found: list[Any] = []
    told: list[str] = []
    for parse in _parsers(series, stream, body):
        try:
            found += parse()
        except UnexpectedResponse as error:
            told.append(str(error))
    assert all(text.isprintable() and len(text) < 1000 and SECRET not in text for text in told)
    if not found:
        return None
    one_line(body)
    return page(series, stream, list(dict.fromkeys(map(bytes, found))))


def _parsers(series: str, stream: str, body: bytes) -> list[Any]:
    if series == "r_series":
        resource = r_pages.RESOURCES[stream]
        return [lambda: [each.raw for each in r_pages.parse_page(body, resource, "/t", 100)[0]]]
    dated = "2026-07" if b"_metadata" in body else "2.0"
    return [
        lambda: [each.raw for each in x_pages.parse_feed(body, stream, "/t", dated).records],
        lambda: [each.raw for each in x_pages.parse_list(body, "/t", dated)],
        lambda: [x_pages.parse_one(body, "/t", dated).raw],
    ]
