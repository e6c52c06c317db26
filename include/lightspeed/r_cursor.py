"""Where an R-Series stream was left: a watermark, what was seen near it, and a page to go on from.

R-Series has no change feed, only ``timeStamp`` at one-second resolution. A poll therefore starts a little
before the newest time seen, and what was seen there is recognised by a digest of its bytes: a record that
ties with the watermark, or became visible late, is found; one that has not changed is not yielded twice.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import blake2b

import msgspec

from include.lightspeed.errors import ConfigurationError

MAX_SEEN = 1000


class RCursor(msgspec.Struct, omit_defaults=True):
    """The state of one R-Series stream between two pages.

    Attributes:
        watermark: newest ``timeStamp`` yielded, seconds since the epoch.
        seen: digest -> ``timeStamp`` of the records yielded inside the overlap window, oldest first.
        page: path and query to request next. Set in the middle of a walk, and after it when the window held
            more than ``MAX_SEEN`` records: then the last page is read again instead of the window.
        forgotten: newest ``timeStamp`` whose digests were dropped for want of room.
    """

    watermark: int | None = None
    seen: dict[str, int] = {}
    page: str | None = None
    forgotten: int | None = None

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
        except msgspec.DecodeError as error:
            raise ConfigurationError(f"The ledger's cursor is not an R-Series cursor: {error}.") from None

    def encode(self) -> str:
        """Return the text for the ledger."""
        return msgspec.json.encode(self).decode()

    def knows(self, digest: str) -> bool:
        """Say whether a record with this digest was yielded."""
        return digest in self.seen

    def add(self, digests: Iterable[tuple[str, int]], overlap: int) -> None:
        """Remember records that are about to be yielded, forget what left the window."""
        self.seen.update(digests)
        self.watermark = max([*self.seen.values(), self.watermark or 0])
        start = self.watermark - overlap
        kept = sorted(
            ((at, digest) for digest, at in self.seen.items() if at >= start), key=lambda pair: pair[0]
        )
        dropped, kept = kept[:-MAX_SEEN], kept[-MAX_SEEN:]
        if dropped:
            self.forgotten = max(dropped[-1][0], self.forgotten or 0)
        self.seen = {digest: at for at, digest in kept}

    def turn(self, following: str | None, current: str, overlap: int) -> None:
        """Set where to go on: the following page, or after the last one its own address or the window."""
        overflowing = (
            self.forgotten is not None
            and self.watermark is not None
            and self.forgotten >= self.watermark - overlap
        )
        self.page = following or (current if overflowing else None)
        if not overflowing:
            self.forgotten = None


def digest(record: msgspec.Raw) -> str:
    """Return a short fingerprint of a record's bytes (72 bits)."""
    return b64encode(blake2b(record, digest_size=9).digest()).decode()


def api_time(seconds: int) -> str:
    """Format a time as R-Series' operators want it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00")
