"""X-Series OAuth: opaque access tokens, and a refresh token that dies the moment its successor is issued."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sandbox.lightspeed.oauth import OAuthError
from sandbox.lightspeed.records import MICROS, to_us

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.lightspeed.settings import SimulatorSettings
    from sandbox.lightspeed.store import Store

TOKEN_PATH: Final = "/api/1.0/token"  # noqa: S105
GRANTS_PER_MINUTE: Final = 20
"""The token endpoint has a limit of its own; its size is not documented."""
_WINDOW: Final = timedelta(minutes=1)
_SCOPE: Final = "sales:read customers:read products:read"


class XOAuth:
    """The token endpoint's rules and the check of a bearer token, over the store."""

    def __init__(self, store: Store, settings: SimulatorSettings, clock: Callable[[], datetime]) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._lock = threading.Lock()
        self._grants: deque[datetime] = deque()
        store.insert_many(
            "INSERT OR IGNORE INTO refresh_tokens VALUES (?, ?, ?, 0)",
            [(settings.x_refresh_token, "x", to_us(clock()))],
        )

    def grant(self, form: dict[str, str]) -> dict[str, Any]:
        """Answer one ``refresh_token`` grant; from here on the presented token is dead.

        Raises:
            OAuthError: Wrong client, dead or missing token, unknown grant.
        """
        expected = (self._settings.client_id, self._settings.client_secret)
        if (form.get("client_id"), form.get("client_secret")) != expected:
            raise OAuthError(401, "invalid_client", "Client authentication failed")
        if form.get("grant_type") != "refresh_token":
            raise OAuthError(400, "unsupported_grant_type", "The grant type is not supported.")
        with self._lock, self._store.transaction() as writer:
            spent = writer.execute(
                "UPDATE refresh_tokens SET is_revoked = 1 WHERE token = ? AND chain = 'x' AND is_revoked = 0",
                (form.get("refresh_token", ""),),
            )
            if not spent.rowcount:
                raise OAuthError(400, "invalid_grant", "The refresh token is invalid.")
            return self._issue()

    def _issue(self) -> dict[str, Any]:
        now, life = self._clock(), self._settings.x_access_token_seconds
        access, refresh = f"xa_{secrets.token_urlsafe(30)}", f"xr_{secrets.token_urlsafe(30)}"
        expires = to_us(now) + life * MICROS
        self._store.insert_many("INSERT INTO x_access_tokens VALUES (?, ?, 0)", [(access, expires)])
        self._store.insert_many("INSERT INTO refresh_tokens VALUES (?, 'x', ?, 0)", [(refresh, to_us(now))])
        return {
            "access_token": access,
            "token_type": "Bearer",
            "expires": expires // MICROS,
            "expires_in": life,
            "refresh_token": refresh,
            "domain_prefix": "sandbox",
            "scope": _SCOPE,
        }

    def count(self) -> tuple[bool, dict[str, str]]:
        """Count one request against the token endpoint's own limit; returns whether it passes, and its headers."""
        with self._lock:
            now = self._clock()
            while self._grants and now - self._grants[0] >= _WINDOW:
                self._grants.popleft()
            passes = len(self._grants) < GRANTS_PER_MINUTE
            if passes:
                self._grants.append(now)
            reset = (self._grants[0] + _WINDOW).timestamp()
            return passes, {
                "X-RateLimit-Limit": str(GRANTS_PER_MINUTE),
                "X-RateLimit-Remaining": str(GRANTS_PER_MINUTE - len(self._grants)),
                "X-RateLimit-Reset": str(int(reset) + 1),
            }

    def accepts(self, authorization: str) -> bool:
        """Whether a request with this ``Authorization`` header may pass: a personal token or a living access token."""
        scheme, _, token = authorization.partition(" ")
        if scheme != "Bearer":
            return False
        if token == self._settings.personal_token:
            return True
        found = self._store.rows("SELECT expires_us, is_revoked FROM x_access_tokens WHERE token = ?", (token,))
        return bool(found) and not found[0][1] and found[0][0] > to_us(self._clock())

    def revoke(self) -> None:
        """Revoke every access token that was issued, as an administrator who disconnects the app does."""
        with self._store.transaction() as writer:
            writer.execute("UPDATE x_access_tokens SET is_revoked = 1")
