"""A client that paces itself by the headers is never refused, and does not dawdle either."""

from __future__ import annotations

from math import ceil

import pytest

from include.lightspeed.http import StaticToken, Transport
from include.lightspeed.rate_limit import LeakyBucketPacer, WindowPacer, retry_after_seconds, stated_wait
from tests.lightspeed.scripted import Answer, FakeTime, Request, ScriptedServer


class LeakyBucket:
    """R-Series' limit as it is documented, on the fake time; each request takes ``latency`` seconds."""

    def __init__(self, time: FakeTime, registers: int, cost: float, latency: float = 0.02) -> None:
        self.time, self.cost, self.latency = time, cost, latency
        self.size, self.drip = 90 + 10 * (registers - 1), 1 + 0.5 * (registers - 1)
        self.burst_size = ceil(self.size / 4)
        self.level, self.at, self.window, self.burst = 0.0, 0.0, -1, 0
        self.refused = 0

    def __call__(self, request: Request) -> Answer:
        self.time.now += self.time.now.resolution * int(self.latency * 1e6)
        now = self.time.seconds
        self.level, self.at = max(0.0, self.level - self.drip * (now - self.at)), now
        if int(now) != self.window:
            self.window, self.burst = int(now), 0
        self.burst += 1
        headers = {"X-LS-API-Drip-Rate": f"{self.drip:g}", "X-LS-API-Request-Cost": str(self.cost)}
        status, over = 200, self.level >= self.size or self.burst > self.burst_size
        if over:
            self.refused += 1
            status = 429
            headers["retry-after"] = str(max(1, ceil((self.level - self.size) / self.drip)))
        else:
            self.level += self.cost
        headers["x-ls-api-bucket-level"] = f"{self.level:.2f}/{self.size}"
        headers["X-LS-API-Burst-Level"] = f"{self.burst}/{self.burst_size}"
        return Answer(b"1", status, headers)


@pytest.mark.parametrize("registers", [1, 2, 20])
def test_r_series_is_never_refused_and_uses_what_drips(
    r_transport: Transport, server: ScriptedServer, time: FakeTime, registers: int
):
    bucket = LeakyBucket(time, registers, cost=2.0)
    server.script = [bucket]
    for _ in range(300):
        r_transport.get("/t")
    assert bucket.refused == 0
    needed = (300 * 2.0 - bucket.size) / bucket.drip
    assert time.seconds < 1.15 * max(needed, 300 / bucket.burst_size)


def test_r_series_survives_another_client_on_its_bucket(r_transport: Transport, server: ScriptedServer, time: FakeTime):
    bucket = LeakyBucket(time, 1, cost=2.0)
    server.script = [bucket]
    r_transport.get("/t")
    bucket.level = 99.5
    r_transport.get("/t")
    assert bucket.refused == 1
    assert time.seconds >= 9.5


def test_a_client_with_half_a_share_leaves_half_of_the_bucket_to_others(server: ScriptedServer, time: FakeTime):
    bucket = LeakyBucket(time, 1, cost=2.0)
    highest: list[float] = []

    def answer(request: Request) -> Answer:
        given = bucket(request)
        highest.append(bucket.level)
        return given

    server.script = [answer]
    pacer = LeakyBucketPacer(share=0.5)
    transport = Transport(server.url, StaticToken("secret"), pacer, clock=time.clock, sleep=time.sleep)
    for _ in range(100):
        transport.get("/t")
    transport.close()
    assert bucket.size / 2 - 2.0 < max(highest) <= bucket.size / 2 + 2.0
    assert time.seconds < 1.15 * (100 * 2.0 - bucket.size / 2) / bucket.drip


def test_a_fractional_drip_rate_counts_in_full():
    pacer = LeakyBucketPacer()
    pacer.observe({"X-LS-API-Bucket-Level": "93/90", "X-LS-API-Drip-Rate": "1.5"}, now=100.0)
    assert pacer.delay(100.0) == pytest.approx(2.05)
    assert pacer.delay(102.1) <= 0


class Window:
    """X-Series' limit as a fixed window of 300 s."""

    def __init__(self, time: FakeTime, limit: int) -> None:
        self.time, self.limit, self.refused = time, limit, 0
        self.window, self.used = -1, 0

    def __call__(self, request: Request) -> Answer:
        now = self.time.seconds
        if int(now // 300) != self.window:
            self.window, self.used = int(now // 300), 0
        if self.used >= self.limit:
            self.refused += 1
            headers = {"Retry-After": "Tue, 24 Nov 2026 12:05:00 GMT", "x-ratelimit-remaining": "0"}
            return Answer({"error": "Too Many Requests"}, 429, headers | {"x-ratelimit-limit": str(self.limit)})
        self.used += 1
        left = {"x-ratelimit-limit": str(self.limit), "x-ratelimit-remaining": str(self.limit - self.used)}
        return Answer(b"1", 200, left)


def test_x_series_runs_freely_until_the_allowance_is_low(
    x_transport: Transport, server: ScriptedServer, time: FakeTime
):
    window = Window(time, 350)
    server.script = [window]
    for _ in range(315):
        x_transport.get("/t")
    assert time.seconds == 0
    for _ in range(100):
        x_transport.get("/t")
    assert window.refused == 0
    assert 299 <= time.seconds < 301


def test_x_series_is_not_refused_by_a_sliding_window():
    pacer, sent, now = WindowPacer(), [], 0.0
    for _ in range(900):
        now += max(0.0, pacer.delay(now))
        sent = [at for at in sent if at > now - 300]
        assert len(sent) < 350
        sent.append(now)
        pacer.observe({"X-RateLimit-Limit": "350", "X-RateLimit-Remaining": str(350 - len(sent))}, now)
        now += 0.05


@pytest.mark.parametrize("value", ["", "soon", "Tue, 99 Nov 2026 12:00:40 GMT"])
def test_an_unreadable_retry_after_is_no_wait(value: str):
    assert retry_after_seconds({"Retry-After": value}, now=0.0) is None


ODD = [
    "nan",
    "inf",
    "-inf",
    "1e999",
    "",
    "/",
    "nan/nan",
    "inf/1",
    "1/inf",
    "\x00",
    "Mon, 01 Jan 99999999999999 00:00:00 GMT",
]
NAMES = ["Retry-After", "Date", *(f"X-LS-API-{name}" for name in ("Bucket-Level", "Drip-Rate", "Burst-Level"))]
NAMES += [f"X-RateLimit-{name}" for name in ("Limit", "Remaining", "Reset")]


@pytest.mark.parametrize("value", ODD)
def test_a_header_that_is_no_finite_number_says_nothing(value: str):
    odd = dict.fromkeys(NAMES, value)
    for pacer in (LeakyBucketPacer(), WindowPacer()):
        pacer.observe(odd, 1000.0)
        assert pacer.delay(1000.0) <= 0
    assert stated_wait(odd, 1000.0) is None
