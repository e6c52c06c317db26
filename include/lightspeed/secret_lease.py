"""A lease on a secret: of all workers only one renews the token pair that it holds."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from secrets import token_hex

import msgspec

from include.lightspeed.errors import ServiceUnavailable
from include.lightspeed.http import Clock, Sleep
from include.lightspeed.secret_rest import SecretRest

logger = logging.getLogger(__name__)

LEASE = "lightspeed-token-lease"
"""Annotation of the secret: who renews the pair, and until when (seconds since the epoch)."""
LEASE_SECONDS = 180
LEASE_POLL_SECONDS = 1.0


class Secret(msgspec.Struct):
    """What describes a secret, beside its versions."""

    etag: str = ""
    annotations: dict[str, str] = {}


_UNGUARDED = Secret()


class SecretLease:
    """The lease on one secret.

    Args:
        rest: calls Secret Manager.
        secret: ``projects/P/secrets/NAME``.
        clock: the time, aware.
        sleep: waits so many seconds.
    """

    def __init__(self, rest: SecretRest, secret: str, *, clock: Clock, sleep: Sleep) -> None:
        self._rest, self._secret = rest, secret
        self._clock, self._sleep = clock, sleep

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold the sole right to renew the pair; wait for another worker that holds it.

        The lease is an annotation of the secret, taken by compare-and-set on the secret's etag, and ends by
        itself after ``LEASE_SECONDS``: a worker that died holds it no longer than that. It needs the permissions
        ``secretmanager.secrets.get`` and ``secretmanager.secrets.update``; without them the work goes on
        unguarded, and says so in the log.

        Raises:
            ServiceUnavailable: Secret Manager does not answer.
        """
        owner = token_hex(8)
        while not (granted := self._claim(owner)):
            self._sleep(LEASE_POLL_SECONDS)
        try:
            yield
        finally:
            if granted is not _UNGUARDED:
                self._release(owner)

    def _claim(self, owner: str) -> Secret | None:
        """Take the lease if it is free; None if another worker holds it or was faster."""
        secret = self._describe()
        if secret is None:
            return _UNGUARDED
        now, until = self._clock().timestamp(), secret.annotations.get(LEASE, "").partition(" ")[2]
        # A time further ahead than any lease lasts comes from a clock that is wrong: it is not waited for.
        if until.isdecimal() and now < int(until) <= now + LEASE_SECONDS + 1:
            return None
        annotations = secret.annotations | {LEASE: f"{owner} {now + LEASE_SECONDS:.0f}"}
        return self._annotate(secret, annotations)

    def _release(self, owner: str) -> None:
        """Give the lease back; if that fails, it ends by itself."""
        try:
            secret = self._describe()
            if secret is not None and secret.annotations.get(LEASE, "").startswith(owner):
                kept = {name: value for name, value in secret.annotations.items() if name != LEASE}
                self._annotate(secret, kept)
        except ServiceUnavailable as error:
            logger.info("The lease on %s was left to end by itself: %s", self._secret, error)

    def _describe(self) -> Secret | None:
        response = self._rest.call("GET", self._secret)
        try:
            return msgspec.json.decode(response.content, type=Secret) if response.status_code == 200 else None
        except ValueError:
            return None

    def _annotate(self, secret: Secret, annotations: dict[str, str]) -> Secret | None:
        payload = {"name": self._secret, "etag": secret.etag, "annotations": annotations}
        response = self._rest.call("PATCH", f"{self._secret}?updateMask=annotations", payload)
        if response.status_code == 200:
            return secret
        if response.status_code in {400, 409, 412}:
            # FAILED_PRECONDITION or ABORTED: the etag is not the secret's any more.
            return None
        logger.warning(
            "The token pair in %s is renewed without a lease (status %d): let the service account update the secret.",
            self._secret,
            response.status_code,
        )
        return _UNGUARDED
