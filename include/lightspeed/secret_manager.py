"""The OAuth token pair of a shop in Google Secret Manager, over REST v1.

One secret holds ``{"access_token", "refresh_token", "expires_at", "issued_at"}``; each refresh adds a version.
The version that it replaces stays, because ``latest`` is eventually consistent and may still name it for a while;
the one before that is destroyed, because versions cost money and an old pair is worth nothing.
"""

from __future__ import annotations

import logging
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import msgspec
import requests

from include.lightspeed.errors import AuthenticationFailed, ConfigurationError, ServiceUnavailable
from include.lightspeed.http import Clock, Sleep
from include.lightspeed.oauth import TokenPair
from include.lightspeed.secret_lease import SecretLease
from include.lightspeed.secret_rest import DEFAULT_URL, RETRY, Headers, SecretRest

logger = logging.getLogger(__name__)

SAVE_ATTEMPTS = 8
"""More than for reading: on X-Series a pair that is not stored is lost."""
EXPIRED = datetime(1970, 1, 1, tzinfo=UTC)


class _Stored(msgspec.Struct):
    refresh_token: str
    access_token: str = ""
    expires_at: datetime = EXPIRED
    issued_at: datetime | None = None


class _Payload(msgspec.Struct):
    data: str


class _Named(msgspec.Struct):
    name: str


class _Version(_Named):
    payload: _Payload


class SecretManagerTokenStore:
    """A ``TokenStore`` in one secret.

    Args:
        secret: ``projects/P/secrets/NAME``.
        google_headers: returns the headers that carry a Google access token.
        clock: the time, aware.
        sleep: waits so many seconds between attempts.
        base_url: of Secret Manager.
    """

    def __init__(
        self, secret: str, google_headers: Headers, *, clock: Clock, sleep: Sleep, base_url: str = DEFAULT_URL
    ) -> None:
        if not re.fullmatch(r"projects/[^/]+/secrets/[\w-]+", secret):
            raise ConfigurationError(
                "The Lightspeed connection's extra token_secret must read projects/PROJECT/secrets/NAME."
            )
        self._secret = secret
        self._rest = SecretRest(google_headers, sleep, base_url)
        self._lease = SecretLease(self._rest, secret, clock=clock, sleep=sleep)
        self._version: str | None = None

    def load(self) -> TokenPair:
        """Return the newest pair; the first one, stored by an operator, needs no more than ``refresh_token``.

        Raises:
            ConfigurationError: the secret does not hold a pair.
            AuthenticationFailed: Google does not let us read it.
            ServiceUnavailable: Secret Manager does not answer.
        """
        body = self._call("GET", f"{self._secret}/versions/latest:access")
        try:
            version = msgspec.json.decode(body, type=_Version)
            stored = msgspec.json.decode(b64decode(version.payload.data), type=_Stored)
        except ValueError:
            raise ConfigurationError(
                f"The secret {self._secret} does not hold JSON with a refresh_token: store one."
            ) from None
        self._version = version.name
        issued = stored.issued_at and _aware(stored.issued_at)
        return TokenPair(stored.access_token, stored.refresh_token, _aware(stored.expires_at), issued)

    def save(self, pair: TokenPair) -> None:
        """Add a version with this pair, then destroy the one before the version that it replaces.

        Raises:
            AuthenticationFailed: Google does not let us add a version.
            ServiceUnavailable: Secret Manager does not answer.
        """
        stored = _Stored(pair.refresh_token, pair.access_token, pair.expires_at, pair.issued_at)
        payload = {"payload": {"data": b64encode(msgspec.json.encode(stored)).decode()}}
        body = self._call("POST", f"{self._secret}:addVersion", payload, attempts=SAVE_ATTEMPTS)
        replaced, self._version = self._version, _version_name(body)
        prefix, _, number = (replaced or "").rpartition("/")
        if number.isdecimal() and int(number) > 1 and replaced != self._version:
            self._destroy(f"{prefix}/{int(number) - 1}")

    def lease(self) -> AbstractContextManager[None]:
        """Hold the sole right to renew the pair; see ``SecretLease.held``."""
        return self._lease.held()

    def _destroy(self, version: str) -> None:
        """Spare the cost of an old version; a missing permission is no reason to stop."""
        try:
            self._call("POST", f"{version}:destroy", {})
        except (AuthenticationFailed, ConfigurationError, ServiceUnavailable) as error:
            logger.info("An old version of %s was left in place: %s", self._secret, error)

    def _call(
        self, method: str, path: str, payload: dict[str, Any] | None = None, attempts: int = RETRY.attempts
    ) -> bytes:
        return _checked(self._rest.call(method, path, payload, attempts), f"{method} {path}", self._secret)


def _checked(response: requests.Response, call: str, secret: str) -> bytes:
    status = response.status_code
    if status == 404:
        raise ConfigurationError(f"{call} answered 404: create the secret {secret} and store a pair in it.")
    if status in {401, 403}:
        raise AuthenticationFailed(
            f"{call} answered {status}: the service account needs to read {secret} and add versions to it."
        )
    if status >= 300:
        raise ConfigurationError(f"{call} answered {status}: check the address of Secret Manager.")
    return response.content


def _version_name(body: bytes) -> str | None:
    try:
        return msgspec.json.decode(body, type=_Named).name
    except ValueError:
        return None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def default_google_headers() -> Headers:
    """Return the environment's own Google credentials as a callable, refreshed when they have ended.

    Raises:
        ConfigurationError: the environment has none.
    """
    import google.auth
    import google.auth.exceptions
    from google.auth.transport.requests import Request

    try:
        credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    except google.auth.exceptions.DefaultCredentialsError:
        raise ConfigurationError(
            "There are no Google credentials to read the Lightspeed token pair with: set them up."
        ) from None

    def headers() -> Mapping[str, str]:
        signed: dict[str, str] = {}
        credentials.before_request(Request(), "GET", DEFAULT_URL, signed)
        return signed

    return headers
