"""One worker renews at a time, nothing comes between refresh and save, and no token shows itself anywhere."""

from __future__ import annotations

import dataclasses
import logging
import os
import signal
import threading
import time as wall_time
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from include.lightspeed.errors import AuthenticationFailed, LightspeedError, ServiceUnavailable
from include.lightspeed.http import Transport
from include.lightspeed.oauth import RefreshingToken, TokenPair
from include.lightspeed.rate_limit import WindowPacer
from include.lightspeed.secret_lease import LEASE, LEASE_SECONDS
from include.lightspeed.x_series import XSeriesClient
from tests.lightspeed.scripted import START, Answer, FakeTime, Request, ScriptedServer
from tests.lightspeed.test_oauth import Cloud, cloud, worker
from tests.lightspeed.virtual import BASE, AsgiAdapter, MemoryStore, mounted
from tests.sandbox.lightspeed.conftest import Shop

__all__ = ["cloud", "worker"]


def refreshes(cloud: Cloud) -> list[str]:
    return [entry for entry in cloud.log if entry.startswith("refresh")]


def test_a_worker_waits_for_the_one_that_renews_and_takes_its_pair(
    cloud: Cloud, worker: Callable[[], Transport], server: ScriptedServer, time: FakeTime
):
    cloud.put(refresh_token="refresh-0")
    other = worker()
    answers: list[bytes] = []

    def second_worker_comes(request: Request) -> Answer:
        if request.path == "/token":
            server.script = [cloud]
            thread = threading.Thread(target=lambda: answers.append(other.get("/t")))
            thread.start()
            while not time.slept:
                pass
            waiting.append(thread)
        return cloud(request)

    waiting: list[threading.Thread] = []
    server.script = [second_worker_comes]
    assert worker().get("/t") == b"ok"
    waiting[0].join(10)
    assert answers == [b"ok"]
    assert refreshes(cloud) == ["refresh refresh-0"]
    assert cloud.annotations == {}


def test_the_lease_of_a_dead_worker_ends_by_itself(cloud: Cloud, worker: Callable[[], Transport], time: FakeTime):
    cloud.put(refresh_token="refresh-0")
    cloud.annotations = {LEASE: f"dead {time.now.timestamp() + LEASE_SECONDS:.0f}", "owner": "shop"}
    assert worker().get("/t") == b"ok"
    assert LEASE_SECONDS <= time.seconds <= LEASE_SECONDS + 2
    assert cloud.annotations == {"owner": "shop"}


@pytest.mark.parametrize("nonsense", ["x", "x 99999999999999", "x soon"])
def test_a_lease_that_cannot_be_is_not_waited_for(cloud: Cloud, worker: Callable[[], Transport], nonsense: str):
    cloud.put(refresh_token="refresh-0")
    cloud.annotations = {LEASE: nonsense}
    assert worker().get("/t") == b"ok"


def test_without_the_permission_to_update_the_secret_it_works_and_says_so(
    cloud: Cloud, worker: Callable[[], Transport], caplog: pytest.LogCaptureFixture
):
    cloud.put(refresh_token="refresh-0")
    cloud.may_update = False
    assert worker().get("/t") == b"ok"
    assert "renewed without a lease (status 403)" in caplog.text


class Flaky(MemoryStore):
    """Fails to save, so many times."""

    failures = 0
    leases = 0

    @contextmanager
    def lease(self) -> Generator[None]:
        self.leases += 1
        yield

    def save(self, pair: TokenPair) -> None:
        if self.failures:
            self.failures -= 1
            raise ServiceUnavailable("Secret Manager failed 8 times.")
        super().save(pair)


@dataclasses.dataclass
class Connected:
    """An X-Series shop that is connected by OAuth."""

    client: XSeriesClient
    token: RefreshingToken
    store: Flaky
    adapter: AsgiAdapter

    def grants(self) -> int:
        return sum("/token" in path for _, path, _ in self.adapter.log)

    def read(self) -> int:
        return sum(len(page.records) for page in self.client.pages("sales", None))


def connect(shop: Shop, store: Flaky | None = None, ahead: timedelta = timedelta(hours=6)) -> Connected:
    adapter, store = AsgiAdapter(shop), store or Flaky(shop.settings.x_refresh_token, shop.clock.now)
    token = RefreshingToken(
        store,
        f"{BASE}/api/1.0/token",
        shop.settings.client_id,
        shop.settings.client_secret,
        clock=shop.clock,
        sleep=shop.clock.advance,
        ahead=ahead,
    )
    mounted(token._session, adapter)
    transport = Transport(BASE, token, WindowPacer(), clock=shop.clock, sleep=shop.clock.advance)
    mounted(transport._session, adapter)
    return Connected(XSeriesClient(transport, clock=shop.clock), token, store, adapter)


def test_x_series_reads_with_a_pair_that_rotates(shop: Shop):
    one = connect(shop)
    assert one.read() == 12
    assert one.grants() == 1
    shop.clock.advance(17 * 3600)
    assert one.read() == 12
    assert one.grants() == 1
    shop.clock.advance(2 * 3600)
    assert one.read() == 12
    assert one.grants() == 2
    assert len({pair.refresh_token for pair in one.store.history}) == 3


def test_a_short_life_is_not_renewed_all_the_time(open_shop: Callable[..., Shop]):
    one = connect(open_shop(x_access_token_seconds=3600))
    for _ in range(5):
        one.read()
        one = connect(one.adapter.shop, one.store)
    assert len(one.store.history) == 2


def test_an_x_series_token_that_was_revoked_is_renewed(shop: Shop):
    one = connect(shop)
    one.read()
    shop.act("revoke")
    assert one.read() == 12
    assert one.grants() == 2


def test_a_lost_x_series_pair_is_noticed_hours_before_sales_stop(shop: Shop, caplog: pytest.LogCaptureFixture):
    one = connect(shop)
    one.read()
    lost = one.store.history[-1]
    shop.grant_x(lost.refresh_token)
    shop.clock.advance(19 * 3600)
    for _ in range(3):
        assert one.read() == 12
    assert caplog.text.count("Sales stop at 2026-03-03T12:00:00") == 1
    assert "authorise the app again" in caplog.text
    shop.clock.advance(6 * 3600)
    with pytest.raises(AuthenticationFailed, match="authorise the app again"):
        one.read()


def test_a_pair_that_could_not_be_stored_is_stored_before_anything_else(shop: Shop):
    one = connect(shop)
    one.store.failures = 2
    for _ in range(2):
        with pytest.raises(ServiceUnavailable):
            one.read()
    assert one.read() == 12
    assert one.grants() == 1
    assert len(one.store.history) == 2


def test_the_token_endpoints_own_limit_is_waited_out(shop: Shop):
    one = connect(shop)
    for _ in range(20):
        shop.grant_x("guess")
    before = shop.clock.now
    assert one.read() == 12
    assert timedelta(seconds=60) <= shop.clock.now - before <= timedelta(seconds=62)
    assert [status for _, path, status in one.adapter.log if "/token" in path] == [429, 200]


class Terminated(BaseException):
    """What a signal handler raises in the main thread."""


def test_a_signal_between_refresh_and_save_comes_after_the_save(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    def terminate(*_: object) -> None:
        raise Terminated

    def signalled(pair: TokenPair) -> None:
        os.kill(os.getpid(), signal.SIGUSR1)
        wall_time.sleep(0.2)
        saving(pair)

    one = connect(shop)
    saving = one.store.save
    monkeypatch.setattr(one.store, "save", signalled)
    before = signal.signal(signal.SIGUSR1, terminate)
    try:
        with pytest.raises(Terminated):
            one.read()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert len(one.store.history) == 2
    assert connect(shop, one.store).read() == 12


def test_no_token_shows_itself_in_logs_exceptions_or_reprs(shop: Shop, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    one = connect(shop)
    shown: list[str] = []
    one.read()
    shown += [repr(vars(page)) for page in one.client.pages("sales", None)]
    for kind in ("500", "429", "502_html", "disconnect", "truncated"):
        shop.act("faults", kind=kind)
        shown.append(_outcome(one))
    shop.act("revoke")
    shop.grant_x(one.store.history[-1].refresh_token)
    shown.append(_outcome(one))
    one.store.failures = 1
    shown += [repr(one.token), repr(one.client), repr(one.store.history), repr(one.token._pair), caplog.text]
    secrets = {shop.settings.client_secret, shop.settings.x_refresh_token}
    secrets |= {pair.access_token for pair in one.store.history if pair.access_token}
    secrets |= {pair.refresh_token for pair in one.store.history}
    assert len(secrets) == 4
    assert "AuthenticationFailed" in "".join(shown)
    assert [secret for secret in secrets for text in shown if secret in text] == []


def _outcome(one: Connected) -> str:
    """Return all that a failed task would print: the exception, its chain and the local frames' lines."""
    try:
        one.read()
    except LightspeedError as error:
        return "".join(traceback.format_exception(error)) + repr(error)
    return ""


def test_a_token_that_has_not_ended_is_as_fresh_as_its_life_allows():
    pair = TokenPair("a", "r", START + timedelta(hours=1), START)
    assert pair.is_fresh(START, timedelta(hours=6))
    assert not pair.is_fresh(START + timedelta(minutes=46), timedelta(hours=6))
    assert not TokenPair("", "r", START + timedelta(hours=1)).is_fresh(START)
