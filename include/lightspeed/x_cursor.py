"""Where an X-Series stream was left: the highest version read, and what was read shortly before.

Versions grow, but nothing promises that they become visible in their order: a transaction that took its version
early may commit late. What was read in the last while is therefore read again, and what was seen there is
recognised by its version, which names one state of one record.

How long ago something was read is known by our own clock alone. A state leaves the window only after a
re-reading that began at least the overlap later, so a pause between two polls, however long, loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from include.lightspeed.errors import ConfigurationError
from include.lightspeed.x_pages import XRecord

MAX_SEEN = 500
"""States that a cursor remembers at most: more than one re-reading's worth would slow each poll down."""


class Step(msgspec.Struct, array_like=True):
    """What one page brought.

    Attributes:
        at: when it was read, seconds since the epoch.
        reached: the version up to which it was read.
        keys: ``XRecord.key`` of what it brought.
    """

    at: int
    reached: int
    keys: list[int]


class XCursor(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """The state of one X-Series stream between two pages.

    Attributes:
        version: everything visible up to here has been yielded.
        floor: the version after which a re-reading starts; None means ``version``.
        recent: what was yielded after the floor, in the order of reading.
    """

    version: int = 0
    floor: int | None = None
    recent: list[Step] = []

    @classmethod
    def decode(cls, text: str | None) -> XCursor:
        """Read a cursor from the ledger.

        Raises:
            ConfigurationError: the text is not an X-Series cursor.
        """
        if text is None:
            return cls(floor=0)
        try:
            cursor = msgspec.json.decode(text, type=cls)
        except ValueError as error:
            raise ConfigurationError(f"The ledger's cursor is not an X-Series cursor: {error}.") from None
        if not cursor.version:
            raise ConfigurationError("The ledger's cursor is not an X-Series cursor: it has no version.")
        cursor.floor = cursor.version if cursor.floor is None else cursor.floor
        return cursor

    def encode(self) -> str:
        """Return the text for the ledger."""
        return msgspec.json.encode(self).decode()

    def unknown(self, records: Sequence[XRecord]) -> list[XRecord]:
        """Return the records whose state was not yielded inside the window, each once."""
        known = {key for step in self.recent for key in step.keys}
        fresh = {record.key: record for record in records if record.key not in known}
        return list(fresh.values())

    def note(self, brought: Sequence[XRecord], reached: int, at: int) -> None:
        """Remember what is about to be yielded; the oldest is forgotten when there is too much."""
        if brought:
            self.recent.append(Step(at, reached, sorted(record.key for record in brought)))
        excess = sum(len(step.keys) for step in self.recent) - MAX_SEEN
        while excess > 0:
            oldest = self.recent[0]
            if len(oldest.keys) <= excess:
                self._forget(oldest.reached)
                del self.recent[0]
                excess -= len(oldest.keys)
            else:
                self._forget(oldest.keys[excess - 1])
                oldest.keys, excess = oldest.keys[excess:], 0

    def settle(self, before: int) -> None:
        """Forget what was read before a time (seconds since the epoch): it has been read again since."""
        while self.recent and self.recent[0].at <= before:
            self._forget(self.recent[0].reached)
            del self.recent[0]

    def _forget(self, reached: int) -> None:
        self.floor = max(self.floor or 0, reached)
