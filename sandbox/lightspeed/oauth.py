"""R-Series OAuth: RS256 access tokens, and refresh tokens that rotate when the new access token is used."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import jwt
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from sandbox.lightspeed.records import MICROS, to_us

if TYPE_CHECKING:
    from collections.abc import Callable

    from jwt.types import Options

    from sandbox.lightspeed.settings import SimulatorSettings
    from sandbox.lightspeed.store import Store

REFRESH_TOKEN_LIFE: Final = timedelta(days=30)
ATTEMPTS_PER_MINUTE: Final = 5
_UNTIMED: Final[Options] = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
}
_ISSUER: Final = "https://cloud.lightspeedapp.com"
_SCOPE: Final = "employee:register_read employee:inventory_read employee:customers_read"


class OAuthError(Exception):
    """A refused token request: HTTP status, OAuth error code and its description."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.status = status
        self.error = error
        self.description = description


class AccessDeniedError(Exception):
    """A bearer token that opens nothing; the message is the hint of the 401 body."""


class OAuth:
    """The token endpoint's rules and the check of a bearer token, over the store."""

    def __init__(self, store: Store, settings: SimulatorSettings, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._attempts: dict[str, deque[datetime]] = {}
        self._failures: deque[datetime] = deque()
        self._key = self._load_key()
        store.insert_many(
            "INSERT OR IGNORE INTO refresh_tokens VALUES (?, ?, ?, 0)",
            [(settings.refresh_token, "first", to_us(clock()))],
        )

    def _load_key(self) -> rsa.RSAPrivateKey:
        stored = self._store.get_meta("jwt_key")
        if stored is None:
            fresh = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
            stored = fresh.private_bytes(encoding, form, serialization.NoEncryption()).decode()
            self._store.set_meta("jwt_key", stored)
        key = serialization.load_pem_private_key(stored.encode(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"the signing key in {self._store.path} is no RSA key: delete that file")
        return key

    def jwks(self) -> dict[str, Any]:
        """The public key as a JSON Web Key Set."""
        public = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**public, "use": "sig", "alg": "RS256", "kid": "sandbox"}]}

    def grant(self, form: dict[str, str]) -> dict[str, Any]:
        """Answer one ``refresh_token`` grant.

        The presented token keeps working (5 attempts a minute) until the access token issued here is used.

        Raises:
            OAuthError: Wrong client, missing or dead token, unknown grant, or too many attempts.
        """
        self._check_client(form)
        if form.get("grant_type") != "refresh_token":
            raise OAuthError(400, "unsupported_grant_type", "The grant type is not supported by the server.")
        token = form.get("refresh_token")
        if not token:
            raise OAuthError(400, "invalid_request", "The refresh token is missing.")
        with self._lock, self._store.transaction() as writer:
            found = writer.execute(
                "SELECT chain, issued_us FROM refresh_tokens WHERE token = ? AND chain <> 'x' AND is_revoked = 0",
                (token,),
            ).fetchone()
            now = self._clock()
            if found is None or to_us(now) - found[1] > REFRESH_TOKEN_LIFE.total_seconds() * MICROS:
                raise OAuthError(400, "invalid_grant", "The refresh token is invalid.")
            self._count_attempt(found[0], now)
            return self._issue(found[0], token, now)

    def _check_client(self, form: dict[str, str]) -> None:
        now = self._clock()
        while self._failures and now - self._failures[0] > timedelta(minutes=1):
            self._failures.popleft()
        if len(self._failures) >= ATTEMPTS_PER_MINUTE:
            raise OAuthError(429, "too_many_requests", "The client is rate limited.")
        expected = (self._settings.client_id, self._settings.client_secret)
        if (form.get("client_id"), form.get("client_secret")) != expected:
            self._failures.append(now)
            raise OAuthError(401, "invalid_client", "Client authentication failed")

    def _count_attempt(self, chain: str, now: datetime) -> None:
        attempts = self._attempts.setdefault(chain, deque())
        while attempts and now - attempts[0] > timedelta(minutes=1):
            attempts.popleft()
        if len(attempts) >= ATTEMPTS_PER_MINUTE:
            raise OAuthError(429, "too_many_requests", "Too many refresh attempts for this connection.")
        attempts.append(now)

    def _issue(self, chain: str, replaces: str, now: datetime) -> dict[str, Any]:
        jti, refresh, seconds = secrets.token_hex(40), f"def502{secrets.token_hex(60)}", now.timestamp()
        life = self._settings.access_token_seconds
        claims = {
            "jti": jti,
            "iss": _ISSUER,
            "aud": self._settings.client_id,
            "sub": "1",
            "acct": self._settings.account_id,
            "scope": _SCOPE,
            "iat": seconds,
            "nbf": seconds,
            "exp": seconds + life,
        }
        self._store.insert_many("INSERT INTO access_tokens (jti, replaces) VALUES (?, ?)", [(jti, replaces)])
        self._store.insert_many("INSERT INTO refresh_tokens VALUES (?, ?, ?, 0)", [(refresh, chain, to_us(now))])
        access = jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": "sandbox"})
        return {"token_type": "Bearer", "expires_in": life, "access_token": access, "refresh_token": refresh}

    def authenticate(self, authorization: str) -> None:
        """Check an ``Authorization`` header; the token's first use revokes the refresh token it came from.

        Raises:
            AccessDeniedError: The token is missing, forged, expired or revoked.
        """
        scheme, _, token = authorization.partition(" ")
        try:
            claims = jwt.decode(token, self._key.public_key(), algorithms=["RS256"], options=_UNTIMED)
        except jwt.InvalidTokenError:
            raise AccessDeniedError("Access token could not be verified") from None
        if scheme.lower() != "bearer" or claims["exp"] <= self._clock().timestamp():
            raise AccessDeniedError("Access token could not be verified")
        found = self._store.rows(
            "SELECT is_used, is_revoked, replaces FROM access_tokens WHERE jti = ?", (claims["jti"],)
        )
        if not found or found[0][1]:
            raise AccessDeniedError("Access token has been revoked")
        if not found[0][0]:
            self._first_use(claims["jti"], found[0][2])

    def _first_use(self, jti: str, replaced: str) -> None:
        with self._store.transaction() as writer:
            writer.execute("UPDATE access_tokens SET is_used = 1 WHERE jti = ?", (jti,))
            writer.execute("UPDATE refresh_tokens SET is_revoked = 1 WHERE token = ?", (replaced,))

    def revoke(self) -> None:
        """Revoke every access token that was issued, as an administrator who disconnects the app does."""
        with self._store.transaction() as writer:
            writer.execute("UPDATE access_tokens SET is_revoked = 1")


def read_form(body: bytes, content_type: str) -> dict[str, str]:
    """The parameters of a token request, form-encoded or JSON.

    A JSON body with a scope is refused as the live endpoint is reported to refuse it.

    Raises:
        OAuthError: The body cannot be read.
    """
    if not content_type.startswith("application/json"):
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        form = msgspec.json.decode(body, type=dict[str, str])
    except msgspec.MsgspecError:
        raise OAuthError(400, "invalid_request", "The request body cannot be read.") from None
    if "scope" in form:
        raise OAuthError(400, "invalid_grant", "The provided authorization grant is invalid.")
    return form
