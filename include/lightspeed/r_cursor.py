"""Where an R-Series stream was left: a watermark, what was seen near it, and a page to go on from.

R-Series has no change feed, only ``timeStamp`` at one-second resolution. A poll therefore starts a little
before the newest time seen, and what was seen there is recognised by a digest of its bytes: a record that
ties with the watermark, or became visible late, is found; one that has not changed is not yielded twice.

A sale's ``timeStamp`` need not move when a completed sale is edited or voided, its ``updatetime`` does. Sales
are therefore also swept by ``updatetime``, newest first, down to where the last sweep began.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from include.lightspeed.errors import ConfigurationError

MAX_SEEN = 500


class Found(NamedTuple):
    """A raw record, a digest of its bytes, and when it changed (seconds since the epoch)."""

    digest: str
    at: int
    updated_at: int | None
    raw: msgspec.Raw


class RCursor(msgspec.Struct, omit_defaults=True):
    """The state of one R-Series stream between two pages. Times are seconds since the epoch.

    Attributes:
        watermark: newest ``timeStamp`` reached.
        seen: digest -> ``timeStamp`` of the records yielded inside the overlap window.
        page: path and query to request next. Set in the middle of a walk, and after it when the window held
            more than ``MAX_SEEN`` records: then the last page is read again instead of the window.
        walking: whether the walk was left in the middle.
        forgotten: newest ``timeStamp`` whose digests were dropped for want of room.
        swept: ``updatetime`` down to which everything was yielded; None where there is no sweep.
        updated: digest -> ``updatetime`` of the records yielded with one not long before ``swept``, or later.
    """

    watermark: int | None = None
    seen: dict[str, int] = {}
    page: str | None = None
    walking: bool = False
    forgotten: int | None = None
    swept: int | None = None
    updated: dict[str, int] = {}

    @classmethod
    def decode(cls, text: str | None) -> RCursor:
        """Read a cursor from the ledger.

        Raises:
            ConfigurationError: the text is not an R-Series cursor.
        """
        if text is None:
            return cls()
        try:
            return msgspec.json.decode(text, type=cls, strict=True)
        except ValueError as error:
            raise ConfigurationError(f"The ledger's cursor is not an R-Series cursor: {error}.") from None

    def encode(self) -> str:
        """Return the text for the ledger."""
        return msgspec.json.encode(self).decode()

    def knows(self, record: Found) -> bool:
        """Say whether this very state of a record was yielded."""
        return record.digest in self.seen or record.digest in self.updated

    def remember(self, records: Sequence[Found], overlap: int) -> None:
        """Note records that are about to be yielded, as far as they are inside the windows."""
        self.seen |= {record.digest: record.at for record in records}
        dropped = self._shrink(self.seen, None if self.watermark is None else self.watermark - overlap)
        if dropped is not None:
            self.forgotten = max(dropped, self.forgotten or 0)
        if self.swept is not None:
            self.updated |= {each.digest: each.updated_at for each in records if each.updated_at is not None}
            self._shrink(self.updated, self.swept - overlap)

    def advance(self, found: Sequence[Found], new: Sequence[Found], overlap: int, now: int) -> None:
        """Move the watermark over a page, and note which of its records are about to be yielded.

        It stays out of the future: one record with a wrong date there would hide all that come before it.
        """
        reached = [min(record.at, now) for record in found]
        if self.watermark is not None:
            reached.append(self.watermark)
        self.watermark = max(reached, default=None)
        self.remember(new, overlap)

    def turn(self, following: str | None, current: str, overlap: int) -> None:
        """Set where to go on after a page: the following one, or else its own address or the window."""
        overflowing = self.forgotten is not None and self.forgotten >= (self.watermark or 0) - overlap
        if not overflowing:
            self.forgotten = None
        self.walking = following is not None
        self.page = following or (current if overflowing else None)

    def end_sweep(self, newest: int, settled: int, overlap: int) -> None:
        """Set where the next sweep may end: at the newest ``updatetime`` of this one.

        When there was no room to remember all that is near it, the next sweep yields some of it again, until
        it is older than ``settled``, a time in the past by our own clock.
        """
        self.swept = max(newest, settled) if len(self.updated) >= MAX_SEEN else newest
        self.remember([], overlap)

    @staticmethod
    def _shrink(times: dict[str, int], start: int | None) -> int | None:
        """Drop what is before the window, then the oldest if too many; return the newest of the latter."""
        for digest in [digest for digest, at in times.items() if start is not None and at < start]:
            del times[digest]
        excess = sorted(times, key=times.__getitem__)[: max(0, len(times) - MAX_SEEN)]
        dropped = [times.pop(digest) for digest in excess]
        return dropped[-1] if dropped else None


def digest(record: msgspec.Raw) -> str:
    """Return a short fingerprint of a record's bytes (72 bits)."""
    return b64encode(blake2b(record, digest_size=9).digest()).decode()


def api_time(seconds: int) -> str:
    """Format a time as R-Series' operators want it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00")
