from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pyarrow.parquet as pq
import pytest

from include.landing.manifest import split
from include.replay.catalogue import read
from include.replay.parts import Parts
from include.replay.tables import scope
from tests.replay.bucket import BUCKET, Bucket

EVERYTHING = scope(["customers", "rejected_records", "ingest_batches"], None, None)


def customer(name: str, **changes: Any) -> dict[str, Any]:
    return {"id": name, "version": 1} | changes


def write(bucket: Any) -> tuple[Parts, list[str]]:
    client: Any = SimpleNamespace(query_and_wait=lambda _: [])
    parts = Parts(bucket, BUCKET, "replay_1", EVERYTHING)
    return parts, parts.write(read(client, bucket, "project.shop", BUCKET).batches)


def rows(bucket: Bucket, uris: list[str]) -> list[dict[str, Any]]:
    return [row for uri in uris for row in pq.read_table(io.BytesIO(bucket.objects[split(uri)[1]])).to_pylist()]


def test_a_batch_gives_the_rows_that_its_extract_took_and_no_others():
    bucket = Bucket()
    bucket.land(1, pages=[[customer("a"), customer("b")], [customer("b"), customer("c", first_name=5)]])
    bucket.land(2, pages=[[customer("a"), customer("d")]], taken={0: (1,)})
    parts, names = write(bucket)
    uris = parts.uris(names)
    kept = [(row["customer_id"], row["batch_id"]) for row in rows(bucket, uris["customers"])]
    first, second = "customers_00000001_a", "customers_00000002_a"
    assert kept == [("a", first), ("b", first), ("d", second)]
    (rejected,) = rows(bucket, uris["rejected"])
    assert (rejected["record_id"], rejected["batch_id"]) == ("c", first)
    assert rejected["record"] == '{"id":"c","version":1,"first_name":5}'
    assert [row["batch_number"] for row in rows(bucket, uris["batches"])] == [1, 2]


def test_a_second_run_parses_nothing_again():
    bucket = Bucket()
    bucket.land(1, pages=[[customer("a")]])
    _, names = write(bucket)
    uploads = bucket.uploads
    assert write(bucket)[1] == names
    assert bucket.uploads == uploads


def test_a_part_that_was_left_half_done_is_made_again(monkeypatch: pytest.MonkeyPatch):
    bucket = Bucket()
    bucket.land(1, pages=[[customer("a")]])
    with monkeypatch.context() as patch:
        patch.setattr(bucket, "upload", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            write(bucket)
    parts, names = write(bucket)
    assert [row["customer_id"] for row in rows(bucket, parts.uris(names)["customers"])] == ["a"]


def test_raw_objects_that_lack_a_page_end_the_replay():
    bucket = Bucket()
    bucket.land(1, pages=[[customer("a")]])
    short = bucket.land(2, pages=[[customer("b")], [customer("c")]])
    other = bucket.land(3, pages=[[customer("b")]])
    bucket.objects[split(short.raw_uris[0])[1]] = bucket.objects[split(other.raw_uris[0])[1]]
    with pytest.raises(RuntimeError, match="has 1 pages, but its manifest tells of 2"):
        write(bucket)


def test_parts_are_removed_with_their_replay():
    bucket = Bucket()
    bucket.land(1, pages=[[customer("a")]])
    parts, _ = write(bucket)
    parts.remove()
    assert not bucket.list(BUCKET, "replay/")
    assert bucket.list(BUCKET, "lightspeed/")
