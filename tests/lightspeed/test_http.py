"""The transport asks again when that can help, never too often, and says nothing secret."""

from __future__ import annotations

import logging

import pytest

from include.lightspeed.errors import (
    AuthenticationFailed,
    RateLimited,
    RequestRefused,
    ServiceUnavailable,
    UnexpectedResponse,
)
from include.lightspeed.http import RetryPolicy, StaticToken, Transport
from tests.lightspeed.scripted import Answer, FakeTime, ScriptedServer


def test_names_itself_and_carries_the_token(x_transport: Transport, server: ScriptedServer):
    server.script = [Answer(b"{}")]
    assert x_transport.get("/api/2.0/sales?after=0") == b"{}"
    headers = server.requests[0].headers
    assert headers["Authorization"] == "Bearer lsxs_pt_secret"
    assert headers["User-Agent"].startswith("lightspeed-customer-profiles/")
    assert server.requests[0].target == "/api/2.0/sales?after=0"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_asks_again_after_a_failure_of_the_server(
    x_transport: Transport, server: ScriptedServer, time: FakeTime, status: int
):
    server.script = [Answer(status=status), Answer(status=status), Answer(b"[1]")]
    assert x_transport.get("/t") == b"[1]"
    assert len(time.slept) == 2


def test_asks_again_after_a_body_that_was_cut_off(x_transport: Transport, server: ScriptedServer):
    server.script = [Answer(b'{"data":', cut=True), Answer(b'{"data":[]}')]
    assert x_transport.get("/t") == b'{"data":[]}'


def test_backs_off_exponentially_with_full_jitter_and_gives_up(
    x_transport: Transport, server: ScriptedServer, time: FakeTime
):
    server.script = [Answer(status=503)]
    with pytest.raises(ServiceUnavailable, match="failed 8 times, the last time with status 503"):
        x_transport.get("/t")
    assert len(server.requests) == 8
    assert all(0 <= wait <= min(30, 0.5 * 2**attempt) for attempt, wait in enumerate(time.slept))
    assert len(set(time.slept)) == 8


def test_gives_up_on_a_host_that_is_not_there(time: FakeTime):
    transport = Transport(
        "http://127.0.0.1:9",
        StaticToken("s"),
        _NoLimit(),
        clock=time.clock,
        sleep=time.sleep,
        retry=RetryPolicy(attempts=3),
    )
    with pytest.raises(ServiceUnavailable, match="3 times, the last time with ConnectionError"):
        transport.get("/t")


class _NoLimit:
    def delay(self, now: float) -> float:
        return 0.0

    def observe(self, headers: object, now: float) -> None:
        pass


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_does_not_repeat_what_was_refused(x_transport: Transport, server: ScriptedServer, status: int):
    server.script = [Answer(status=status)]
    with pytest.raises(RequestRefused, match=f"answered {status}"):
        x_transport.get("/t")
    assert len(server.requests) == 1


def test_says_that_a_personal_token_is_not_valid(x_transport: Transport, server: ScriptedServer):
    server.script = [Answer(status=401)]
    with pytest.raises(AuthenticationFailed, match="put a new one in the connection"):
        x_transport.get("/t")
    assert len(server.requests) == 1


def test_does_not_follow_a_redirect(x_transport: Transport, server: ScriptedServer):
    server.script = [Answer(status=302, headers={"Location": "http://127.0.0.1:9/login"})]
    with pytest.raises(UnexpectedResponse, match="a redirect"):
        x_transport.get("/t")


@pytest.mark.parametrize(
    ("retry_after", "seconds"), [("3", 3.0), ("2.5", 2.5), ("Tue, 24 Nov 2026 12:00:40 GMT", 40.0)]
)
def test_sends_nothing_before_the_time_that_429_states(
    x_transport: Transport, server: ScriptedServer, time: FakeTime, retry_after: str, seconds: float
):
    server.script = [Answer(status=429, headers={"Retry-After": retry_after}), Answer(b"1")]
    assert x_transport.get("/t") == b"1"
    assert time.seconds == pytest.approx(seconds, abs=0.01)
    assert time.seconds >= seconds


def test_a_clock_that_runs_ahead_does_not_shorten_the_wait(
    x_transport: Transport, server: ScriptedServer, time: FakeTime
):
    late = {"Retry-After": "Tue, 24 Nov 2026 11:59:30 GMT", "Date": "Tue, 24 Nov 2026 11:58:30 GMT"}
    server.script = [Answer(status=429, headers=late), Answer(b"1")]
    x_transport.get("/t")
    assert time.seconds >= 60


def test_backs_off_when_429_states_no_time(x_transport: Transport, server: ScriptedServer, time: FakeTime):
    server.script = [Answer(status=429), Answer(b"1")]
    x_transport.get("/t")
    assert len(time.slept) == 1


def test_does_not_sit_through_an_endless_wait(x_transport: Transport, server: ScriptedServer, time: FakeTime):
    server.script = [Answer(status=429, headers={"Retry-After": "86400"})]
    with pytest.raises(RateLimited, match="86400 s"):
        x_transport.get("/t")
    assert len(server.requests) == 1
    assert time.slept == []


def test_neither_logs_nor_errors_nor_reprs_hold_the_token(
    x_transport: Transport, server: ScriptedServer, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    server.script = [Answer(status=500), Answer(status=401, body=b"lsxs_pt_secret")]
    with pytest.raises(AuthenticationFailed) as caught:
        x_transport.get("/t")
    shown = caplog.text + str(caught.value) + repr(StaticToken("lsxs_pt_secret"))
    assert "500" in caplog.text
    assert "lsxs_pt_secret" not in shown
