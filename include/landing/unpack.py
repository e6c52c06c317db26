"""Raw objects unpacked line by line, within limits: a small object that unpacks into a huge one is refused."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from include.landing.downloads import MIB

LARGEST_OBJECT = 96 * MIB
"""Packed bytes of a raw object: it closes at `objects.RAW_BYTES` and the page that fills it, 64 MiB at most."""
LONGEST_LINE = 64 * MIB + 1
"""Bytes of a page: as many as the client reads of an answer."""
RATIO = 200
"""Bytes that a packed byte may unpack into. Pages of Lightspeed come to 10, a page of equal records to 100."""
ALWAYS = 64 * MIB
"""Unpacked bytes that are within the ratio however small the object is."""
_CHUNK = MIB
_GZIP = 31


def lines(data: bytes, name: str) -> Iterator[bytes]:
    """The lines of a gzipped object, one at a time; no more than a line and a chunk of 1 MiB are held.

    Args:
        data: the object.
        name: its address, for messages.

    Raises:
        ValueError: it unpacks into more than `RATIO` times its bytes (and `ALWAYS`), has a line above
            `LONGEST_LINE`, ends in the middle of one, or is no gzip.
    """
    unpacker, allowed = zlib.decompressobj(_GZIP), max(ALWAYS, RATIO * len(data))
    pieces: list[bytes] = []
    size = 0
    for chunk in _chunks(unpacker, memoryview(data), name):
        allowed -= len(chunk)
        if allowed < 0:
            raise ValueError(f"{name} unpacks into more than {RATIO} times its size: see who has written it.")
        first, *others = chunk.split(b"\n")
        pieces.append(first)
        size += len(first)
        if others:
            yield b"".join(pieces)
            yield from others[:-1]
            pieces, size = [others[-1]], len(others[-1])
        if size > LONGEST_LINE:
            raise ValueError(f"{name} has a line of more than {LONGEST_LINE / MIB:.0f} MiB: see who has written it.")
    if size or not unpacker.eof:
        raise ValueError(f"{name} ends in the middle of a page.")


def _chunks(unpacker: zlib._Decompress, data: memoryview, name: str) -> Iterator[bytes]:
    """What the object unpacks into, in pieces of `_CHUNK` bytes at most."""
    try:
        for at in range(0, len(data), _CHUNK):
            packed = bytes(data[at : at + _CHUNK])
            while packed and not unpacker.eof:
                yield unpacker.decompress(packed, _CHUNK)
                packed = unpacker.unconsumed_tail
        while not unpacker.eof and (chunk := unpacker.decompress(b"", _CHUNK)):
            yield chunk
    except zlib.error as error:
        raise ValueError(f"{name} is no gzip, or damaged ({error}): see who has written it.") from None
