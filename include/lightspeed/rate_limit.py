"""When the next request may go out, learnt from the headers of the last one.

Times are seconds since the epoch. Sources: R-Series rate limits (leaky bucket, burst window, ``Retry-After``
in seconds) and X-Series rate limiting (requests left of five minutes, ``Retry-After`` as an HTTP date).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from itertools import takewhile
from typing import Protocol

MARGIN = 0.05
"""Seconds beyond the moment at which a limit has room: exactly at it a request may still be refused."""


class Pacer(Protocol):
    """Keeps a client inside one series' rate limit."""

    def delay(self, now: float) -> float:
        """Return how many seconds to wait before a request may be sent; 0 or less means now."""
        ...

    def observe(self, headers: Mapping[str, str], now: float) -> None:
        """Learn from an answer's headers (looked up without regard to case)."""
        ...


def retry_after_seconds(headers: Mapping[str, str], now: float) -> float | None:
    """Return the wait that ``Retry-After`` asks for, in seconds, or None without a readable one.

    An HTTP date is compared with the server's own ``Date`` and with our clock, and the longer wait is taken:
    a clock that runs ahead must not send us back too early.
    """
    value = headers.get("Retry-After", "").strip()
    seconds = _number(value)
    if seconds is not None:
        return max(0.0, seconds)
    until = _http_date(value)
    if until is None:
        return None
    server_now = _http_date(headers.get("Date", ""))
    return max(0.0, until - now, until - server_now if server_now is not None else 0.0)


def stated_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Return the wait that a refusal of a token endpoint asks for, in seconds, or None if it states none.

    X-Series' has a limit of its own and names the end of its window, ``X-RateLimit-Reset`` (seconds since the
    epoch), when nothing remains.
    """
    wait = retry_after_seconds(headers, now)
    reset, remaining = (_number(headers.get(f"X-RateLimit-{name}")) for name in ("Reset", "Remaining"))
    if wait is None and reset is not None and remaining == 0:
        return max(0.0, reset - now)
    return wait


def _http_date(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError):
        return None


def _ratio(value: str | None) -> tuple[float, float] | None:
    """Read a header such as ``92.57/90``."""
    before, _, after = (value or "").partition("/")
    level, size = _number(before), _number(after)
    return None if level is None or size is None else (level, size)


def _number(value: str | None) -> float | None:
    """Read a finite number: one that is infinite, or none at all, says nothing about a limit."""
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


class LeakyBucketPacer:
    """R-Series: a bucket that drips, and a count of requests in each second.

    A request is admitted while the level is below the bucket's size, whatever it costs; the level falls by
    the drip rate each second. The burst window's start is not told, so the wait lasts until a second after
    the first answer seen in it, which is never too early.

    Args:
        share: how full the bucket may become by these requests, 1.0 being its size: what is above is left to others.
    """

    def __init__(self, share: float = 1.0) -> None:
        self._share = share
        self._level, self._size, self._drip, self._seen_at = 0.0, float("inf"), 1.0, 0.0
        self._burst, self._burst_size, self._window_seen_at = 0.0, float("inf"), 0.0
        self._not_before = 0.0

    def delay(self, now: float) -> float:
        """Return the longest of the three waits: stated, bucket, burst."""
        waits = [self._not_before - now]
        level = self._level - self._drip * (now - self._seen_at)
        room = self._size * self._share
        if level >= room:
            waits.append((level - room) / self._drip + MARGIN)
        if self._burst >= self._burst_size:
            waits.append(self._window_seen_at + 1.0 - now)
        return max(waits)

    def observe(self, headers: Mapping[str, str], now: float) -> None:
        """Take over level, size, drip rate and burst count."""
        bucket = _ratio(headers.get("X-LS-API-Bucket-Level"))
        if bucket is not None:
            (self._level, self._size), self._seen_at = bucket, now
        drip = _number(headers.get("X-LS-API-Drip-Rate"))
        if drip is not None and drip > 0:
            self._drip = drip
        burst = _ratio(headers.get("X-LS-API-Burst-Level"))
        if burst is not None:
            if burst[0] <= self._burst or now >= self._window_seen_at + 1.0:
                self._window_seen_at = now
            self._burst, self._burst_size = burst
        wait = retry_after_seconds(headers, now)
        if wait is not None:
            self._not_before = now + wait


class WindowPacer:
    """X-Series: so many requests in a window of 300 seconds.

    Whether the window is fixed or slides is not documented, nor when a fixed one begins. Requests go out freely
    until a tenth of the allowance is left; what is left is spread until the oldest of our own requests is 300
    seconds old, when either kind has room again. More room than our own old requests explain means that a fixed
    window has begun: from then on its end is known, and the whole allowance is used up to it.
    """

    window_seconds = 300.0
    reserve = 0.1
    tolerance = 2.0
    """Seconds by which the server may forget a request earlier than we do."""

    def __init__(self) -> None:
        self._limit = self._remaining = float("inf")
        self._sent: deque[float] = deque()
        self._begun = float("-inf")
        self._not_before = 0.0

    def delay(self, now: float) -> float:
        """Return the longest of the stated wait and what the window asks for."""
        stated = self._not_before - now
        if not self._sent or self._remaining == float("inf"):
            return stated
        ends = self._begun + self.window_seconds + MARGIN
        if now < ends:
            return stated if self._remaining >= 1 else max(stated, ends - now)
        if self._remaining >= self.reserve * self._limit:
            return stated
        last, room = self._sent[-1], self._sent[0] + self.window_seconds + MARGIN
        return max(stated, last + (room - last) / max(1.0, self._remaining) - now)

    def observe(self, headers: Mapping[str, str], now: float) -> None:
        """Take over limit and remaining requests, and see whether a fixed window has begun."""
        expired = sum(1 for _ in takewhile(lambda at: at <= now - self.window_seconds + self.tolerance, self._sent))
        while self._sent and self._sent[0] <= now - self.window_seconds:
            self._sent.popleft()
        limit, remaining = (_number(headers.get(f"X-RateLimit-{name}")) for name in ("Limit", "Remaining"))
        if limit is not None and remaining is not None and limit > 0:
            if remaining > self._remaining + expired:
                self._begun = now
                self._sent.clear()
            self._limit, self._remaining = limit, remaining
        self._sent.append(now)
        wait = retry_after_seconds(headers, now)
        if wait is not None:
            self._not_before = now + wait
