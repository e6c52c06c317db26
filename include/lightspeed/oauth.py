"""OAuth for R-Series: short access tokens, and a refresh token that is replaced each time it is used.

The old refresh token dies when the *new access token* is first used, not before. The new pair is therefore
stored first and used second: a crash in between leaves a pair that works, the old one or the new.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec
import requests

from include.lightspeed.errors import AuthenticationFailed, ServiceUnavailable, UnexpectedResponse
from include.lightspeed.http import NETWORK_ERRORS, RETRYABLE, Clock, RetryPolicy, Sleep, new_session
from include.lightspeed.rate_limit import retry_after_seconds

LEEWAY = timedelta(seconds=60)
REFRESH_RETRY = RetryPolicy(attempts=5, base=4.0, cap=60.0, timeout=(5.0, 30.0))
"""Gentler than for data: five refreshes a minute are allowed, and more get the client limited."""


@dataclass(frozen=True, repr=False)
class TokenPair:
    """An access token, when it ends, and the refresh token that comes after it."""

    access_token: str
    refresh_token: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"TokenPair(***, expires_at={self.expires_at.isoformat()})"

    def is_fresh(self, now: datetime) -> bool:
        """Say whether the access token lives for another minute."""
        return bool(self.access_token) and now + LEEWAY < self.expires_at


class TokenStore(Protocol):
    """Where the pair is kept between runs, for all workers alike."""

    def load(self) -> TokenPair:
        """Return the newest stored pair."""
        ...

    def save(self, pair: TokenPair) -> None:
        """Store a pair durably; it has happened when this returns."""
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
    ) -> None:
        self._store, self._token_url = store, token_url
        self._client_id, self._client_secret = client_id, client_secret
        self._clock, self._sleep, self._rng = clock, sleep, rng or random.Random()
        self._session = new_session()
        self._pair: TokenPair | None = None

    def __repr__(self) -> str:
        return f"RefreshingToken({self._token_url}, ***)"

    def headers(self) -> Mapping[str, str]:
        """Return the bearer header, refreshed if need be.

        Raises:
            AuthenticationFailed: the refresh token is not accepted.
            ServiceUnavailable: the token endpoint does not answer.
        """
        pair = self._pair
        if pair is None or not pair.is_fresh(self._clock()):
            pair = self._pair = self._newer_than(pair)
        return {"Authorization": f"Bearer {pair.access_token}"}

    def renew(self) -> bool:
        """Replace a token that was refused before its time, and return True."""
        self._pair = self._newer_than(self._pair)
        return True

    def _newer_than(self, used: TokenPair | None) -> TokenPair:
        """Take the stored pair if another worker has renewed it, else refresh it."""
        stored = self._store.load()
        changed = used is None or stored.access_token != used.access_token
        if changed and stored.is_fresh(self._clock()):
            return stored
        try:
            renewed = self._refresh(stored)
        except AuthenticationFailed:
            latest = self._store.load()
            if latest.refresh_token == stored.refresh_token:
                raise
            return latest
        self._store.save(renewed)
        return renewed

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
                    self._token_url, data=form, timeout=REFRESH_RETRY.timeout, allow_redirects=False
                )
            except NETWORK_ERRORS:
                self._sleep(REFRESH_RETRY.backoff(attempt, self._rng))
                continue
            if response.status_code not in RETRYABLE:
                return self._granted(response)
            stated = retry_after_seconds(response.headers, self._clock().timestamp())
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
        lifetime = timedelta(seconds=grant.expires_in)
        return TokenPair(grant.access_token, grant.refresh_token, self._clock().astimezone(UTC) + lifetime)


def _error_code(body: bytes) -> str:
    """Return OAuth's short error code; descriptions are left out, since they may quote the request."""
    try:
        code = msgspec.json.decode(body, type=_Refusal).error
    except ValueError:
        return "unknown"
    return code if code.replace("_", "").isalpha() and len(code) < 40 else "unknown"
