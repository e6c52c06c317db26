"""The token pair survives rotation, races and crashes, and shows itself to nobody."""

from __future__ import annotations

import json
import logging
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import timedelta

import pytest

from include.lightspeed.errors import (
    AuthenticationFailed,
    ConfigurationError,
    ServiceUnavailable,
    UnexpectedResponse,
)
from include.lightspeed.http import Transport
from include.lightspeed.oauth import RefreshingToken, TokenPair
from include.lightspeed.rate_limit import LeakyBucketPacer
from include.lightspeed.secret_manager import SecretManagerTokenStore
from tests.lightspeed.scripted import START, Answer, FakeTime, Request, ScriptedServer

SECRET = "projects/p/secrets/lightspeed"


class Cloud:
    """Lightspeed's token endpoint and API, and Secret Manager, behind one server.

    The old refresh token dies when the new access token is first used, as since 2026-01-15.
    """

    def __init__(self, server: ScriptedServer) -> None:
        self.server, self.log = server, []
        self.refresh, self.pending, self.access, self.number = "refresh-0", {}, "access-0", 0
        self.versions: list[bytes] = []
        self.store_fails = False
        self.etag, self.annotations, self.may_update = 0, {}, True
        server.script = [self]

    def put(self, **pair: str) -> None:
        self.versions.append(json.dumps(pair).encode())

    def stored(self) -> dict[str, str]:
        return json.loads(self.versions[-1])

    def __call__(self, request: Request) -> Answer:
        if request.path == "/token":
            return self._token(request.form)
        if request.path.startswith("/v1/"):
            return self._secret(request)
        token = request.headers["Authorization"].removeprefix("Bearer ")
        self.log.append(f"api {token}")
        if token in self.pending:
            self.refresh, self.access = self.pending.pop(token), token
        return Answer(b"ok") if token == self.access else Answer({"error": "access_denied"}, 401)

    def _token(self, form: dict[str, str]) -> Answer:
        self.log.append(f"refresh {form['refresh_token']}")
        assert set(form) == {"grant_type", "refresh_token", "client_id", "client_secret"}
        if (form["client_id"], form["client_secret"]) != ("id", "client-secret"):
            return Answer({"error": "invalid_client"}, 401)
        if form["refresh_token"] != self.refresh:
            return Answer({"error": "invalid_grant", "error_description": form["refresh_token"]}, 400)
        self.number += 1
        access, refresh = f"access-{self.number}", f"refresh-{self.number}"
        self.pending[access] = refresh
        return Answer({"token_type": "Bearer", "expires_in": 1800, "access_token": access, "refresh_token": refresh})

    def _secret(self, request: Request) -> Answer:
        assert request.headers["Authorization"] == "Bearer google"
        what = request.path.removeprefix(f"/v1/{SECRET}")
        if not what:
            return self._metadata(request)
        if what == "/versions/latest:access":
            if not self.versions:
                return Answer(status=404)
            data = b64encode(self.versions[-1]).decode()
            return Answer({"name": f"{SECRET}/versions/{len(self.versions)}", "payload": {"data": data}})
        if what == ":addVersion":
            if self.store_fails:
                return Answer(status=500)
            self.versions.append(b64decode(json.loads(request.body)["payload"]["data"]))
            self.log.append("store")
            return Answer({"name": f"{SECRET}/versions/{len(self.versions)}"})
        number = int(what.removeprefix("/versions/").removesuffix(":destroy"))
        self.versions[number - 1] = b"destroyed"
        return Answer({})

    def _metadata(self, request: Request) -> Answer:
        if request.method == "PATCH":
            body = json.loads(request.body)
            assert request.query == {"updateMask": "annotations"}
            if not self.may_update:
                return Answer({"error": {"status": "PERMISSION_DENIED"}}, 403)
            if body["etag"] != f'"{self.etag}"':
                return Answer({"error": {"status": "FAILED_PRECONDITION"}}, 400)
            self.etag, self.annotations = self.etag + 1, body["annotations"]
        return Answer({"name": SECRET, "etag": f'"{self.etag}"', "annotations": self.annotations})


@pytest.fixture
def cloud(server: ScriptedServer) -> Cloud:
    return Cloud(server)


@pytest.fixture
def worker(server: ScriptedServer, time: FakeTime) -> Callable[[], Transport]:
    """Return a function that makes the transport of a worker with nothing in its memory."""

    def make() -> Transport:
        store = SecretManagerTokenStore(
            SECRET,
            lambda: {"Authorization": "Bearer google"},
            clock=time.clock,
            sleep=time.sleep,
            base_url=server.url,
        )
        token = RefreshingToken(store, f"{server.url}/token", "id", "client-secret", clock=time.clock, sleep=time.sleep)
        return Transport(server.url, token, LeakyBucketPacer(), clock=time.clock, sleep=time.sleep)

    return make


def test_a_first_refresh_token_is_enough(cloud: Cloud, worker: Callable[[], Transport]):
    cloud.put(refresh_token="refresh-0")
    assert worker().get("/t") == b"ok"
    assert cloud.log == ["refresh refresh-0", "store", "api access-1"]


def test_the_new_pair_is_stored_before_it_is_used(cloud: Cloud, worker: Callable[[], Transport], time: FakeTime):
    cloud.put(refresh_token="refresh-0", access_token="access-0", expires_at=START.isoformat())
    assert worker().get("/t") == b"ok"
    assert cloud.log == ["refresh refresh-0", "store", "api access-1"]
    assert cloud.stored() == {
        "access_token": "access-1",
        "refresh_token": "refresh-1",
        "expires_at": (START + timedelta(seconds=1800)).isoformat().replace("+00:00", "Z"),
        "issued_at": START.isoformat().replace("+00:00", "Z"),
    }


def test_of_the_replaced_versions_one_stays_and_older_ones_are_destroyed(
    cloud: Cloud, worker: Callable[[], Transport], time: FakeTime
):
    cloud.put(refresh_token="refresh-0")
    transport = worker()
    transport.get("/t")
    assert b"destroyed" not in cloud.versions
    time.now += timedelta(hours=1)
    transport.get("/t")
    assert [version == b"destroyed" for version in cloud.versions] == [True, False, False]


def test_a_fresh_token_is_used_until_a_minute_before_its_end(
    cloud: Cloud, worker: Callable[[], Transport], time: FakeTime
):
    cloud.put(refresh_token="refresh-0")
    transport = worker()
    for _ in range(4):
        transport.get("/t")
    time.now += timedelta(seconds=1739)
    transport.get("/t")
    time.now += timedelta(seconds=2)
    transport.get("/t")
    assert [entry for entry in cloud.log if entry.startswith("refresh")] == [
        "refresh refresh-0",
        "refresh refresh-1",
    ]


def test_a_crash_before_the_pair_is_stored_leaves_the_old_one_working(cloud: Cloud, worker: Callable[[], Transport]):
    cloud.put(refresh_token="refresh-0")
    cloud.store_fails = True
    with pytest.raises(ServiceUnavailable, match="addVersion"):
        worker().get("/t")
    assert not any(entry.startswith("api") for entry in cloud.log)
    cloud.store_fails = False
    assert worker().get("/t") == b"ok"


def test_a_crash_after_the_pair_is_stored_leaves_the_new_one_working(
    cloud: Cloud, worker: Callable[[], Transport], server: ScriptedServer
):
    cloud.put(refresh_token="refresh-0")
    transport = worker()
    transport._authorization.headers()
    assert cloud.log == ["refresh refresh-0", "store"]
    assert worker().get("/t") == b"ok"


def test_a_token_that_another_worker_renewed_is_taken_over(cloud: Cloud, worker: Callable[[], Transport]):
    cloud.put(refresh_token="refresh-0")
    first, second = worker(), worker()
    first.get("/t")
    second.get("/t")
    cloud.access = "revoked"
    assert first.get("/t") == b"ok"
    assert second.get("/t") == b"ok"
    assert [entry for entry in cloud.log if entry.startswith("refresh")] == [
        "refresh refresh-0",
        "refresh refresh-1",
    ]


def test_a_lost_race_takes_over_the_winners_pair(
    cloud: Cloud, worker: Callable[[], Transport], server: ScriptedServer, time: FakeTime
):
    cloud.put(refresh_token="refresh-0")

    def winner_comes_first(request: Request) -> Answer:
        if request.path == "/token":
            server.script = [cloud]
            worker().get("/t")
        return cloud(request)

    server.script = [winner_comes_first]
    assert worker().get("/t") == b"ok"
    assert cloud.stored()["refresh_token"] == "refresh-1"


def test_a_refused_refresh_token_says_what_to_do(cloud: Cloud, worker: Callable[[], Transport]):
    cloud.put(refresh_token="long-dead")
    with pytest.raises(AuthenticationFailed, match=r"status 400 \(invalid_grant\): authorise the app again"):
        worker().get("/t")


def test_the_token_endpoint_may_fail_for_a_while(
    cloud: Cloud, worker: Callable[[], Transport], server: ScriptedServer, time: FakeTime
):
    cloud.put(refresh_token="refresh-0")
    failures = [Answer(status=503), Answer(status=429, headers={"Retry-After": "60"})]

    def flaky(request: Request) -> Answer:
        return failures.pop() if request.path == "/token" and failures else cloud(request)

    server.script = [flaky]
    assert worker().get("/t") == b"ok"
    assert time.seconds >= 60


def test_a_token_endpoint_that_never_answers_is_given_up(
    cloud: Cloud, worker: Callable[[], Transport], server: ScriptedServer
):
    cloud.put(refresh_token="refresh-0")
    server.script = [lambda request: Answer(status=500) if request.path == "/token" else cloud(request)]
    with pytest.raises(ServiceUnavailable, match="gave no token in 5 attempts"):
        worker().get("/t")


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"access_token":"a"}'])
def test_an_answer_without_a_pair_is_not_stored(
    cloud: Cloud, worker: Callable[[], Transport], server: ScriptedServer, body: bytes
):
    cloud.put(refresh_token="refresh-0")
    server.script = [lambda request: Answer(body) if request.path == "/token" else cloud(request)]
    with pytest.raises(UnexpectedResponse, match="no token pair"):
        worker().get("/t")
    assert len(cloud.versions) == 1


def test_a_missing_secret_says_what_to_create(cloud: Cloud, worker: Callable[[], Transport]):
    with pytest.raises(ConfigurationError, match=f"create the secret {SECRET}"):
        worker().get("/t")


@pytest.mark.parametrize("content", [b"not json", b"{}", b'"refresh-0"'])
def test_a_secret_that_holds_no_pair_is_refused(cloud: Cloud, worker: Callable[[], Transport], content: bytes):
    cloud.versions.append(content)
    with pytest.raises(ConfigurationError, match="does not hold JSON with a refresh_token"):
        worker().get("/t")


def test_a_missing_permission_names_the_secret(worker: Callable[[], Transport], server: ScriptedServer):
    server.script = [Answer(status=403)]
    with pytest.raises(AuthenticationFailed, match=f"needs to read {SECRET}"):
        worker().get("/t")


def test_a_version_that_may_not_be_destroyed_stays(
    cloud: Cloud, worker: Callable[[], Transport], server: ScriptedServer, time: FakeTime
):
    cloud.put(refresh_token="refresh-0")
    server.script = [lambda request: Answer(status=403) if request.path.endswith(":destroy") else cloud(request)]
    transport = worker()
    for _ in range(3):
        assert transport.get("/t") == b"ok"
        time.now += timedelta(hours=1)
    assert b"destroyed" not in cloud.versions


def test_nothing_secret_is_logged_raised_or_shown(
    cloud: Cloud, worker: Callable[[], Transport], caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    cloud.put(refresh_token="refresh-0")
    transport = worker()
    transport.get("/t")
    cloud.access, cloud.refresh = "revoked", "revoked"
    with pytest.raises(AuthenticationFailed) as caught:
        transport.get("/t")
    pair = TokenPair("access-1", "refresh-1", START)
    shown = f"{caplog.text}{caught.value}{caught.value.__cause__}{pair!r}{transport._authorization!r}"
    for secret in ("access-0", "access-1", "refresh-0", "refresh-1", "client-secret", "google"):
        assert secret not in shown
