"""A raw object gives its lines, and one that was made to fill memory is refused before it does."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.landing import unpack
from include.landing.downloads import MIB, download
from include.landing.unpack import lines
from tests.replay.bucket import BUCKET, Bucket


@given(st.lists(st.binary(max_size=300).map(lambda line: line.replace(b"\n", b""))), st.integers(1, 64))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_the_lines_of_an_object_come_back_however_it_is_cut(texts: list[bytes], chunk: int):
    whole = gzip.compress(b"".join(text + b"\n" for text in texts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpack, "_CHUNK", chunk)
        assert list(lines(whole, "it")) == texts


BROKEN = {
    "empty": b"",
    "no gzip": b'{"data":[]}\n',
    "cut": gzip.compress(b'{"data":[]}\n' * 500)[:-9],
    "no end of line": gzip.compress(b'{"data":[]}'),
    "damaged": gzip.compress(b"a\n")[:-5] + b"xxxxx",
    "pickled": b"\x80\x04cos\nsystem\n(S'true'\ntR.",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_whole_object_is_refused(data: bytes):
    with pytest.raises(ValueError, match=r"^it (ends|is no gzip)"):
        list(lines(data, "it"))


def zeros(mib: int, between: bytes = b"") -> bytes:
    """So many MiB of zeros, packed."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(MIB) + between) for _ in range(mib)) + packer.flush()


@pytest.mark.parametrize(
    ("bomb", "reason"),
    [(zeros(80), "more than 200 times"), (zeros(300, b"\n"), "more than 200 times"), (b"", "a line of more than")],
    ids=["one line", "many lines", "within the ratio"],
)
def test_a_bomb_is_refused_before_it_fills_memory(bomb: bytes, reason: str, monkeypatch: pytest.MonkeyPatch):
    if not bomb:
        monkeypatch.setattr(unpack, "LONGEST_LINE", 8 * MIB)
        bomb = zeros(20)
    tracemalloc.start()
    with pytest.raises(ValueError, match=reason):
        for _ in lines(bomb, "it"):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 140 * MIB


def test_an_object_that_is_too_large_is_not_read_whole():
    bucket = Bucket()
    bucket.objects["a"] = b"x" * 1000
    assert download(bucket, BUCKET, "a", 1000) == b"x" * 1000  # ty: ignore[invalid-argument-type]
    with pytest.raises(ValueError, match="more than 0 MiB"):
        download(bucket, BUCKET, "a", 999)  # ty: ignore[invalid-argument-type]
    assert bucket.asked == [1000, 999]
