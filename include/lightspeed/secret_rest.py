"""Secret Manager over REST v1: one kept-alive session, retried, always bounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests

from include.lightspeed import bodies
from include.lightspeed.errors import ServiceUnavailable
from include.lightspeed.http import NETWORK_ERRORS, RETRYABLE, RetryPolicy, Sleep, new_session

DEFAULT_URL = "https://secretmanager.googleapis.com"
RETRY = RetryPolicy(attempts=4, timeout=(5.0, 30.0))
LARGEST_ANSWER = 1024 * 1024
"""Bytes of an answer; a version of a secret has 64 KiB at most."""

Headers = Callable[[], Mapping[str, str]]


class SecretRest:
    """Calls of Secret Manager's REST v1, repeated while that can help.

    Args:
        google_headers: returns the headers that carry a Google access token.
        sleep: waits so many seconds between attempts.
        base_url: of Secret Manager.
    """

    def __init__(self, google_headers: Headers, sleep: Sleep, base_url: str) -> None:
        self._headers, self._sleep = google_headers, sleep
        self._base_url = base_url.rstrip("/")
        self._session = new_session()

    def call(
        self, method: str, path: str, payload: dict[str, Any] | None = None, attempts: int = RETRY.attempts
    ) -> requests.Response:
        """Return the answer to one call, whatever its status, unless asking again could help.

        Raises:
            ServiceUnavailable: no such answer within the attempts.
        """
        problem = "no attempt was made"
        for attempt in range(attempts):
            if attempt:
                self._sleep(min(RETRY.cap, RETRY.base * 2**attempt))
            try:
                response = self._session.request(
                    method,
                    f"{self._base_url}/v1/{path}",
                    json=payload,
                    headers=dict(self._headers()),
                    timeout=RETRY.timeout,
                    allow_redirects=False,
                    stream=True,
                )
                bodies.keep(response, LARGEST_ANSWER)
            except NETWORK_ERRORS as error:
                problem = type(error).__name__
                continue
            if response.status_code not in RETRYABLE:
                return response
            problem = f"status {response.status_code}"
        raise ServiceUnavailable(f"Secret Manager failed {attempts} times on {method} {path}: {problem}.")
