"""A full backfill uses what the rate limit allows, is hardly ever refused, and never comes before the stated time.

The client's own transport and pacers run against the simulator's own limiters on a clock that both share.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from include.lightspeed.http import StaticToken, Transport
from include.lightspeed.rate_limit import LeakyBucketPacer, Pacer, WindowPacer
from sandbox.lightspeed.rate_limit import X_WINDOW, FiveMinuteWindow, LeakyBucket, Verdict
from tests.lightspeed.virtual import BASE
from tests.sandbox.lightspeed.conftest import NOON, HandClock

POLL = 2.0
"""Drips of a page of sales with its lines and payments."""


@dataclass
class Limited(BaseAdapter):
    """Answers each request as a limiter decides; ``latency`` passes on the way there and as much on the way back."""

    clock: HandClock
    admit: Callable[[], Verdict]
    latency: float = 0.02
    sent: list[datetime] = field(default_factory=list)
    refused: list[tuple[int, datetime]] = field(default_factory=list)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        self.sent.append(self.clock.now)
        self.clock.advance(self.latency)
        verdict = self.admit()
        if not verdict.admitted:
            self.refused.append((len(self.sent), self._until(verdict.headers["Retry-After"])))
        self.clock.advance(self.latency)
        response = requests.Response()
        response.status_code = 200 if verdict.admitted else 429
        response.headers = CaseInsensitiveDict(verdict.headers)
        response.raw, response.request, response.url = io.BytesIO(b"1"), request, str(request.url)
        return response

    def close(self) -> None:
        pass

    def _until(self, stated: str) -> datetime:
        if stated.isdecimal():
            return self.clock.now + timedelta(seconds=int(stated))
        return parsedate_to_datetime(stated)

    def check(self, seconds: float) -> None:
        """See that no request came before the time that a refusal stated, and print what was measured."""
        for number, until in self.refused:
            assert number == len(self.sent) or self.sent[number] >= until
        print(f"{len(self.sent)} requests in {seconds:.0f} s, {len(self.refused)} refused")


def transport(adapter: Limited, pacer: Pacer) -> Transport:
    made = Transport(BASE, StaticToken("t"), pacer, clock=adapter.clock, sleep=adapter.clock.advance)
    made._session.mount(BASE, adapter)
    return made


def admitted_until(adapter: Limited, pacer: Pacer, end: datetime) -> int:
    """Send as many requests as the client dares until a time; returns how many were answered."""
    started, client, sent = adapter.clock.now, transport(adapter, pacer), 0
    while adapter.clock.now < end:
        assert client.get("/t") == b"1"
        sent += adapter.clock.now <= end
    adapter.check((end - started).total_seconds())
    return sent


@pytest.mark.parametrize("registers", [1, 2, 4, 20])
@pytest.mark.parametrize("latency", [0.01, 0.2])
def test_an_r_series_backfill_uses_nine_tenths_of_what_drips(registers: int, latency: float):
    clock = HandClock(NOON)
    bucket = LeakyBucket(registers, clock)
    adapter = Limited(clock, lambda: bucket.admit(POLL), latency)
    seconds = 1800
    sent = admitted_until(adapter, LeakyBucketPacer(), clock.now + timedelta(seconds=seconds))
    # Where a request takes longer than its drips, one connection can use no more than the wire lets through.
    allowed = min((bucket.size + bucket.drip * seconds) / POLL, seconds / (2 * latency))
    print(f"registers {registers}: {sent / allowed:.1%} of the limit, {len(adapter.refused)} of {sent} refused")
    assert sent / allowed >= 0.9
    assert len(adapter.refused) <= max(1, sent // 1000)


@pytest.mark.parametrize("registers", [1, 3])
@pytest.mark.parametrize("latency", [0.01, 0.2])
def test_an_x_series_backfill_uses_nine_tenths_of_each_window(registers: int, latency: float):
    clock = HandClock(NOON)
    window = FiveMinuteWindow(registers, clock)
    # The shop's window has been running for a while when the backfill begins.
    clock.advance(100)
    adapter = Limited(clock, window.admit, latency)
    sent = admitted_until(adapter, WindowPacer(), NOON + 6 * X_WINDOW)
    allowed = min(6 * window.limit, 1700 / (2 * latency))
    print(f"registers {registers}: {sent / allowed:.1%} of the limit, {len(adapter.refused)} of {sent} refused")
    assert sent / allowed >= 0.9
    assert len(adapter.refused) <= max(1, sent // 1000)


class SlidingWindow:
    """The other reading of X-Series' documentation: so many requests in any five minutes."""

    def __init__(self, limit: int, clock: HandClock) -> None:
        self.limit, self.clock = limit, clock
        self.admitted: deque[datetime] = deque()

    def admit(self) -> Verdict:
        now = self.clock.now
        while self.admitted and now - self.admitted[0] >= X_WINDOW:
            self.admitted.popleft()
        passes = len(self.admitted) < self.limit
        if passes:
            self.admitted.append(now)
        left = {"x-ratelimit-limit": str(self.limit), "x-ratelimit-remaining": str(self.limit - len(self.admitted))}
        if not passes:
            until = self.admitted[0] + X_WINDOW + timedelta(seconds=1)
            left["Retry-After"] = until.strftime("%a, %d %b %Y %H:%M:%S GMT")
        return Verdict(passes, left)


def test_an_x_series_backfill_is_as_good_if_the_window_slides():
    clock = HandClock(NOON)
    window = SlidingWindow(350, clock)
    adapter = Limited(clock, window.admit)
    sent = admitted_until(adapter, WindowPacer(), NOON + 6 * X_WINDOW)
    print(f"{sent / 2100:.1%} of the limit, {len(adapter.refused)} of {sent} refused")
    assert sent / 2100 >= 0.9
    assert len(adapter.refused) <= 2
