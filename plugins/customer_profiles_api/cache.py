"""Profiles kept in memory, bounded, and emptied when BigQuery has a new version of them."""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

Value = TypeVar("Value")


class VersionedCache(Generic[Value]):
    """The values of one version, least recently used out first. Safe for threads.

    Args:
        size: most values kept.
        check_seconds: when the version was confirmed longer ago, a read asks for a check; after twice as long
            without one nothing is served, so that a value is never older than that.
        clock: monotonic seconds.
    """

    def __init__(self, size: int, check_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = size
        self._check_seconds = check_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._values: collections.OrderedDict[str, Value] = collections.OrderedDict()
        self._version: str | None = None
        self._confirmed_at = float("-inf")
        self._checking = False
        self.generation = 0
        """Counts versions; a reader notes it before its query and hands it to `put`."""

    def __len__(self) -> int:
        return len(self._values)

    @property
    def version(self) -> str | None:
        """The version that the values are of; None before the first was read."""
        return self._version

    def get(self, key: str) -> Value | None:
        """The value, or None if it is not kept or was not confirmed for too long."""
        with self._lock:
            if self._age() > 2 * self._check_seconds:
                return None
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, values: Mapping[str, Value], version: str, generation: int) -> None:
        """Keep values that a query read under `version`.

        A query that began under an earlier generation is too old to say which version is the newest: what it
        read is dropped unless it has the present version.
        """
        with self._lock:
            if version != self._version and generation != self.generation:
                return
            self._confirm(version)
            for key, value in values.items():
                self._values[key] = value
                self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)

    def confirm(self, version: str) -> None:
        """BigQuery has this version now: another one's values go."""
        with self._lock:
            self._confirm(version)

    def claim_check(self) -> bool:
        """Whether the caller shall check the version now; True for one caller at a time, until `end_check`."""
        with self._lock:
            if self._checking or self._age() <= self._check_seconds:
                return False
            self._checking = True
            return True

    def end_check(self) -> None:
        """The check of the caller that claimed it is over, whatever came of it."""
        with self._lock:
            self._checking = False

    def _age(self) -> float:
        return self._clock() - self._confirmed_at

    def _confirm(self, version: str) -> None:
        if version != self._version:
            self._values.clear()
            self._version = version
            self.generation += 1
        self._confirmed_at = self._clock()
