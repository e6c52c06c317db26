"""One clock for the shop and all workers: real time and what was skipped, in memory that processes share."""

from __future__ import annotations

import datetime as dt
import mmap
import struct
import time

_OFFSET = struct.Struct("d")


class Clock:
    """Real time plus an offset; a wait moves the offset instead of lasting. Forked processes share it."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, mmap.PAGESIZE)
        self._sleep = time.sleep

    def reset(self) -> None:
        """Go back to real time."""
        self._memory[: _OFFSET.size] = _OFFSET.pack(0.0)

    def skip(self, seconds: float) -> None:
        """Let time pass at once."""
        (offset,) = _OFFSET.unpack(self._memory[: _OFFSET.size])
        self._memory[: _OFFSET.size] = _OFFSET.pack(offset + max(0.0, seconds))

    def sleep(self, seconds: float) -> None:
        """Wait: skip the time, and give other processes a moment."""
        self.skip(seconds)
        self._sleep(min(seconds, 0.005))

    def now(self) -> dt.datetime:
        """The present time, UTC."""
        (offset,) = _OFFSET.unpack(self._memory[: _OFFSET.size])
        return dt.datetime.now(tz=dt.UTC) + dt.timedelta(seconds=offset)
