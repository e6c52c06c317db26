"""OAuth for both series: access tokens that end, and a refresh token that is replaced each time it is used.

R-Series: the old refresh token dies when the *new access token* is first used, not before. The new pair is
therefore stored first and used second: a crash in between leaves a pair that works, the old one or the new.

X-Series: the old refresh token dies the moment its successor is *issued*. A process that is killed after that
and before the new pair is stored loses the connection to the shop, and no client can mend it: somebody has to
authorise the app again. Everything here keeps that moment short, rare and survivable: one worker renews at a
time, it shows first that it can write to the store, exceptions and signals do not come between, a store that
fails is tried again, and the pair is renewed hours ahead, so that the access token in hand still serves while
the app is being authorised.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec
import requests

from include.lightspeed import bodies
from include.lightspeed.errors import AuthenticationFailed, LightspeedError, ServiceUnavailable, UnexpectedResponse
from include.lightspeed.http import NETWORK_ERRORS, RETRYABLE, Clock, RetryPolicy, Sleep, new_session
from include.lightspeed.rate_limit import stated_wait

logger = logging.getLogger(__name__)

LEEWAY = timedelta(seconds=60)
"""An access token is not used in its last minute: it might end on its way."""
LARGEST_GRANT = 1024 * 1024
"""Bytes of an answer of the token endpoint."""
RECHECKS, RECHECK_SECONDS = 3, 5.0
RETRY_LATER = timedelta(minutes=5)
"""How long to go on with the access token in hand after it could not be renewed ahead of its end."""
REFRESH_RETRY = RetryPolicy(attempts=5, base=4.0, cap=60.0, timeout=(5.0, 30.0))
"""Gentler than for data: five refreshes a minute are allowed, and more get the client limited."""


@dataclass(frozen=True, repr=False)
class TokenPair:
    """An access token, when it was issued and when it ends, and the refresh token that comes after it."""

    access_token: str
    refresh_token: str
    expires_at: datetime
    issued_at: datetime | None = None

    def __repr__(self) -> str:
        return f"TokenPair(***, expires_at={self.expires_at.isoformat()})"

    def is_fresh(self, now: datetime, ahead: timedelta = LEEWAY) -> bool:
        """Say whether the access token lives longer than ``ahead``, or than a quarter of its life if that is less."""
        if self.issued_at is not None:
            ahead = min(ahead, (self.expires_at - self.issued_at) / 4)
        return bool(self.access_token) and now + ahead < self.expires_at


class TokenStore(Protocol):
    """Where the pair is kept between runs, for all workers alike."""

    def load(self) -> TokenPair:
        """Return the newest stored pair."""
        ...

    def save(self, pair: TokenPair) -> None:
        """Store a pair durably; it has happened when this returns."""
        ...

    def lease(self) -> AbstractContextManager[None]:
        """Hold the sole right to renew the pair, among all workers."""
        ...


class _Grant(msgspec.Struct):
    access_token: str
    refresh_token: str
    expires_in: float


class _Refusal(msgspec.Struct):
    error: str = "unknown"


class RefreshingToken:
    """Signs requests with the stored access token and refreshes it when it ends.

    Args:
        store: keeps the pair.
        token_url: the token endpoint.
        client_id: of the OAuth client.
        client_secret: of the OAuth client.
        clock: the time, aware.
        sleep: waits so many seconds.
        rng: source of the back-off's jitter; unseeded by default, so that workers do not wait in step.
        ahead: how long before its end an access token is replaced.
    """

    def __init__(
        self,
        store: TokenStore,
        token_url: str,
        client_id: str,
        client_secret: str,
        *,
        clock: Clock,
        sleep: Sleep,
        rng: random.Random | None = None,
        ahead: timedelta = LEEWAY,
    ) -> None:
        self._store, self._token_url = store, token_url
        self._client_id, self._client_secret = client_id, client_secret
        self._clock, self._sleep, self._rng = clock, sleep, rng or random.Random()
        self._ahead = ahead
        self._session = new_session()
        self._pair: TokenPair | None = None
        self._unsaved: TokenPair | None = None
        self._retry_at = datetime.min.replace(tzinfo=UTC)

    def __repr__(self) -> str:
        return f"RefreshingToken({self._token_url}, ***)"

    def headers(self) -> Mapping[str, str]:
        """Return the bearer header, refreshed if need be.

        Raises:
            AuthenticationFailed: the refresh token is not accepted.
            ServiceUnavailable: the token endpoint does not answer.
        """
        pair, now = self._pair, self._clock()
        if pair is None or not pair.is_fresh(now):
            pair = self._pair = self._newer_than(pair)
        if not pair.is_fresh(now, self._ahead) and now >= self._retry_at:
            pair = self._pair = self._renewed_ahead(pair)
        return {"Authorization": f"Bearer {pair.access_token}"}

    def renew(self) -> bool:
        """Replace a token that was refused before its time, and return True."""
        self._pair = self._newer_than(self._pair)
        return True

    def _renewed_ahead(self, pair: TokenPair) -> TokenPair:
        """Renew a token that still works; if that fails, say so loudly and go on with it."""
        try:
            return self._newer_than(pair)
        except LightspeedError as error:
            self._retry_at = self._clock() + RETRY_LATER
            logger.error("Sales stop at %s unless this is mended: %s", pair.expires_at.isoformat(), error)  # noqa: TRY400
            return pair

    def _newer_than(self, used: TokenPair | None) -> TokenPair:
        """Take the stored pair if another worker has renewed it, else renew it, alone."""
        if self._unsaved is None:
            stored = self._store.load()
            if self._serves(stored, used):
                return stored
        with self._store.lease():
            if self._unsaved is not None:
                return self._saved(self._unsaved)
            stored = self._store.load()
            if self._serves(stored, used):
                return stored
            # In a thread of its own: a signal that stops this one does not come between refresh and save.
            with ThreadPoolExecutor(max_workers=1) as thread:
                return thread.submit(self._renewed, stored).result()

    def _serves(self, stored: TokenPair, used: TokenPair | None) -> bool:
        changed = used is None or stored.access_token != used.access_token
        return changed and stored.is_fresh(self._clock(), LEEWAY if used is None else self._ahead)

    def _renewed(self, stored: TokenPair) -> TokenPair:
        try:
            pair = self._refresh(stored)
        except AuthenticationFailed:
            latest = self._changed_since(stored)
            if latest is None:
                raise
            return latest
        return self._saved(pair)

    def _changed_since(self, stored: TokenPair) -> TokenPair | None:
        """Look whether another worker has renewed the pair: a store may take a while to show what is newest."""
        for _ in range(RECHECKS):
            latest = self._store.load()
            if latest.refresh_token != stored.refresh_token:
                return latest
            self._sleep(RECHECK_SECONDS)
        return None

    def _saved(self, pair: TokenPair) -> TokenPair:
        self._unsaved = pair
        self._store.save(pair)
        self._unsaved = None
        return pair

    def _refresh(self, pair: TokenPair) -> TokenPair:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": pair.refresh_token,
            "client_id": self._client_id,
            "client_secret": self._client_secret,
        }
        for attempt in range(REFRESH_RETRY.attempts):
            try:
                response = self._session.post(
                    self._token_url, data=form, timeout=REFRESH_RETRY.timeout, allow_redirects=False, stream=True
                )
                bodies.keep(response, LARGEST_GRANT)
            except NETWORK_ERRORS:
                self._sleep(REFRESH_RETRY.backoff(attempt, self._rng))
                continue
            if response.status_code not in RETRYABLE:
                return self._granted(response)
            stated = stated_wait(response.headers, self._clock().timestamp())
            self._sleep(REFRESH_RETRY.backoff(attempt, self._rng) if stated is None else stated)
        raise ServiceUnavailable(
            f"{self._token_url} gave no token in {REFRESH_RETRY.attempts} attempts: run again later."
        )

    def _granted(self, response: requests.Response) -> TokenPair:
        if response.status_code >= 300:
            raise AuthenticationFailed(
                f"{self._token_url} refused the refresh token with status {response.status_code} "
                f"({_error_code(response.content)}): authorise the app again and store the new pair."
            )
        try:
            grant = msgspec.json.decode(response.content, type=_Grant)
        except ValueError:
            raise UnexpectedResponse(f"{self._token_url} answered something that is no token pair.") from None
        now = self._clock().astimezone(UTC)
        ends = now + timedelta(seconds=grant.expires_in)
        return TokenPair(grant.access_token, grant.refresh_token, ends, now)


def _error_code(body: bytes) -> str:
    """Return OAuth's short error code; descriptions are left out, since they may quote the request."""
    try:
        code = msgspec.json.decode(body, type=_Refusal).error
    except ValueError:
        return "unknown"
    return code if code.replace("_", "").isalpha() and len(code) < 40 else "unknown"
