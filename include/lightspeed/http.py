"""HTTP with Lightspeed: one kept-alive session, paced, retried with full jitter, always bounded."""

from __future__ import annotations

import logging
import math
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import requests

from include.lightspeed import bodies
from include.lightspeed.errors import (
    AuthenticationFailed,
    ConfigurationError,
    NotFound,
    RateLimited,
    RequestRefused,
    ServiceUnavailable,
    UnexpectedResponse,
)
from include.lightspeed.rate_limit import Pacer

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Sleep = Callable[[float], None]

_TARGET = re.compile(r"/[!-~]*")
"""A path below the base URL, whose host it therefore cannot change: printable ASCII."""
USER_AGENT = "lightspeed-customer-profiles/0.1"
RETRYABLE = frozenset({408, 429, 500, 502, 503, 504})
NETWORK_ERRORS = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


class Authorization(Protocol):
    """Something that can sign a request."""

    def headers(self) -> Mapping[str, str]:
        """Return the headers that carry the credential."""
        ...

    def renew(self) -> bool:
        """Replace a credential that was answered with 401; False when there is nothing to replace it with."""
        ...


class StaticToken:
    """An X-Series personal token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def headers(self) -> Mapping[str, str]:
        """Return the bearer header."""
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> bool:
        """Return False: only a person can make a new personal token."""
        return False

    def __repr__(self) -> str:
        return "StaticToken(***)"


@dataclass(frozen=True)
class RetryPolicy:
    """How stubborn to be. Seconds.

    Back-off is exponential with full jitter: a random wait between 0 and ``min(cap, base * 2**attempt)``.
    """

    attempts: int = 8
    base: float = 0.5
    cap: float = 30.0
    longest_wait: float = 900.0
    timeout: tuple[float, float] = (5.0, 60.0)

    def backoff(self, attempt: int, rng: random.Random) -> float:
        """Return the wait before the attempt after this one (the first is 0)."""
        return rng.uniform(0.0, min(self.cap, self.base * 2.0**attempt))


def new_session() -> requests.Session:
    """Return a session that names itself, as X-Series requires."""
    session = requests.Session()
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
    # A ~/.netrc entry for the host would silently replace our Authorization header.
    session.auth = lambda request: request
    return session


class Transport:
    """GET below one base URL.

    Args:
        base_url: scheme and host, without a path.
        authorization: signs each request.
        pacer: the series' rate limit.
        clock: the time, aware.
        sleep: waits so many seconds.
        rng: source of the jitter; unseeded by default, so that workers do not wait in step.
        retry: attempts, back-off, timeouts.
    """

    def __init__(
        self,
        base_url: str,
        authorization: Authorization,
        pacer: Pacer,
        *,
        clock: Clock,
        sleep: Sleep,
        rng: random.Random | None = None,
        retry: RetryPolicy | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._authorization = authorization
        self._pacer = pacer
        self._clock, self._sleep = clock, sleep
        self._rng = rng or random.Random()
        self._retry = retry or RetryPolicy()
        self._session = new_session()

    def close(self) -> None:
        """Close the kept-alive connections."""
        self._session.close()

    def get(self, target: str) -> bytes:
        """Return the body of a successful answer.

        Args:
            target: path and query, already encoded; sent as it is.

        Raises:
            ConfigurationError: the target could lead to another host, and the credential with it.
            AuthenticationFailed: 401, also with renewed credentials.
            NotFound: 404.
            RequestRefused: any other 4xx.
            RateLimited: the wait that is asked for exceeds ``retry.longest_wait``.
            ServiceUnavailable: no good answer within ``retry.attempts``.
            UnexpectedResponse: a redirect, or a body above ``bodies.LARGEST``.
        """
        if not _TARGET.fullmatch(target):
            raise ConfigurationError(f"{target[:80]!r} is no path of {self.base_url}: nothing was sent to it.")
        url, renewed, problem = self.base_url + target, False, "no attempt was made"
        for attempt in range(self._retry.attempts):
            self._wait_for_turn(target)
            response, problem = self._send(url)
            if response is None:
                self._back_off(target, problem, attempt)
            elif response.status_code == 401 and not renewed and self._authorization.renew():
                renewed = True
            elif response.status_code in RETRYABLE:
                if response.status_code != 429 or not response.headers.get("Retry-After"):
                    self._back_off(target, problem, attempt)
            else:
                return _checked(response, target)
        message = f"GET {target} failed {self._retry.attempts} times, the last time with {problem}"
        raise ServiceUnavailable(f"{message}: see whether Lightspeed is up, then run again.")

    def _send(self, url: str) -> tuple[requests.Response | None, str]:
        try:
            response = self._session.get(
                url,
                headers=self._authorization.headers(),
                timeout=self._retry.timeout,
                allow_redirects=False,
                stream=True,
            )
            # Here, where a connection that breaks in the middle is tried again.
            bodies.keep(response, bodies.LARGEST)
        except NETWORK_ERRORS as error:
            return None, type(error).__name__
        self._pacer.observe(response.headers, self._now())
        return response, f"status {response.status_code}"

    def _now(self) -> float:
        return self._clock().timestamp()

    def _wait_for_turn(self, target: str) -> None:
        while (delay := self._pacer.delay(self._now())) > 0:
            if delay > self._retry.longest_wait:
                raise RateLimited(
                    f"GET {target} would have to wait {delay:.0f} s for the rate limit, longer than "
                    f"{self._retry.longest_wait:.0f} s: run again later."
                )
            if delay > 1:
                logger.info("GET %s waits %.1f s for the rate limit", target, delay)
            # Whole milliseconds: a wait below the clock's resolution would never end.
            self._sleep(math.ceil(delay * 1000) / 1000)

    def _back_off(self, target: str, problem: str, attempt: int) -> None:
        wait = self._retry.backoff(attempt, self._rng)
        logger.warning("GET %s: %s, attempt %d, next in %.1f s", target, problem, attempt + 1, wait)
        self._sleep(wait)


def _checked(response: requests.Response, target: str) -> bytes:
    status = response.status_code
    if status == 401:
        raise AuthenticationFailed(
            f"GET {target} answered 401: the token is not valid (any more); put a new one in the connection."
        )
    if 300 <= status < 400:
        raise UnexpectedResponse(
            f"GET {target} answered {status}, a redirect, which the API never does: check the base URL."
        )
    if status == 404:
        raise NotFound(f"GET {target} answered 404: there is no such record, account or API version.")
    if status >= 400:
        hint = "check the token's scopes" if status == 403 else "check the connection's base URL and account"
        raise RequestRefused(f"GET {target} answered {status}: {hint}.")
    return response.content
