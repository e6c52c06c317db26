"""A replay reads the raw objects of the batch's own folder, within limits, whatever a manifest says."""

from __future__ import annotations

import gzip
import json

import pytest

from include.landing.manifest import NAME
from tests.replay.bucket import BUCKET, Bucket
from tests.replay.test_parts import customer, rows, write

FOLDER = "lightspeed/customers/dt=2026-03-02/batch=customers_00000001_a"


@pytest.mark.parametrize(
    "uri",
    [
        "gs://elsewhere/raw-00000.jsonl.gz",
        f"gs://{BUCKET}/{FOLDER}/../../../secrets/raw-00000.jsonl.gz",
        "https://evil.test/raw-00000.jsonl.gz",
    ],
)
def test_an_object_of_another_folder_is_never_read(uri: str):
    bucket = Bucket()
    bucket.land(1, pages=[[customer("mine")]], raw_uris=[uri])
    bucket.objects["secrets/raw-00000.jsonl.gz"] = gzip.compress(json.dumps({"data": [customer("other")]}).encode())
    parts, names = write(bucket)
    assert [row["customer_id"] for row in rows(bucket, parts.uris(names)["customers"])] == ["mine"]


@pytest.mark.parametrize("name", ["../../x", "models.json", "raw-00000.jsonl.gz\n", "raw-0.jsonl.gz", ""])
def test_what_is_no_name_of_a_raw_object_ends_the_replay(name: str):
    bucket = Bucket()
    bucket.land(1, pages=[[customer("a")]], raw_uris=[f"gs://{BUCKET}/{FOLDER}/{name}"])
    with pytest.raises(ValueError, match="which is no raw object"):
        write(bucket)


@pytest.mark.parametrize("place", [-1, 7, 10**30])
def test_a_place_that_a_page_does_not_have_ends_the_replay(place: int):
    bucket = Bucket()
    bucket.land(1, pages=[[customer("a"), customer("b")]], taken={0: (place,)})
    with pytest.raises(RuntimeError, match="a record that its page does not have"):
        write(bucket)


def test_a_bomb_in_a_raw_object_ends_the_replay_in_one_sentence():
    bucket = Bucket()
    bucket.land(1, pages=[[customer("a")]])
    bucket.objects[f"{FOLDER}/raw-00000.jsonl.gz"] = gzip.compress(bytes(70 * 1024**2))
    with pytest.raises(ValueError, match="more than 200 times its size: see who has written it"):
        write(bucket)
    assert not bucket.list(BUCKET, "replay/")


@pytest.mark.parametrize("page", [b"[" * 100_000, b"null", b'{"data":[1,', b"\xff"])
def test_a_page_that_is_none_ends_the_replay(page: bytes):
    bucket = Bucket()
    bucket.land(1, pages=[[customer("a")]])
    bucket.objects[f"{FOLDER}/raw-00000.jsonl.gz"] = gzip.compress(page + b"\n")
    with pytest.raises((ValueError, RuntimeError)):
        write(bucket)
    assert bucket.objects[f"{FOLDER}/{NAME}"]
