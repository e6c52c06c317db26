"""What every API request passes before its route: authentication, the rate limit and its headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

from sandbox.lightspeed.oauth import AccessDeniedError, OAuth
from sandbox.lightspeed.r_query import QueryError, parse_relations
from sandbox.lightspeed.rate_limit import (
    R_TOO_MANY,
    X_TOO_MANY,
    FiveMinuteWindow,
    LeakyBucket,
    Verdict,
    request_cost,
)
from sandbox.lightspeed.resources import RESOURCES
from sandbox.lightspeed.x_oauth import TOKEN_PATH

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from sandbox.lightspeed.settings import SimulatorSettings
    from sandbox.lightspeed.x_oauth import XOAuth


class Refusal(Exception):  # noqa: N818
    """A request that does not reach its route: status, JSON body and headers."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers


class Gate:
    """ASGI middleware in front of both series; other paths pass untouched."""

    def __init__(
        self,
        app: ASGIApp,
        settings: SimulatorSettings,
        oauth: OAuth,
        x_oauth: XOAuth,
        clock: Callable[[], datetime],
    ) -> None:
        self._app = app
        self._settings = settings
        self._oauth, self._x_oauth = oauth, x_oauth
        self._bucket = LeakyBucket(settings.registers, clock)
        self._window = FiveMinuteWindow(settings.registers, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit or refuse one request."""
        series = _series(scope)
        if not series:
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            added = self._admit_r(scope, headers) if series == "R" else self._admit_x(headers)
        except Refusal as refusal:
            await respond(send, refusal.status, refusal.body, refusal.headers)
            return
        await self._app(scope, receive, _adding(send, added))

    def _admit_r(self, scope: Scope, headers: dict[str, str]) -> dict[str, str]:
        identity = {
            "X-LS-Acct-Id": self._settings.account_id,
            "X-LS-OAuth-Client-Id": self._settings.client_id,
        }
        try:
            self._oauth.authenticate(headers.get("authorization", ""))
        except AccessDeniedError as error:
            raise Refusal(401, _denied(str(error)), identity) from None
        verdict = self._bucket.admit(_cost(scope))
        return self._pass(verdict, R_TOO_MANY, identity)

    def _admit_x(self, headers: dict[str, str]) -> dict[str, str]:
        if not headers.get("user-agent"):
            body = {"error": "Bad Request", "message": "A User-Agent header is required"}
            raise Refusal(400, msgspec.json.encode(body), {})
        if not self._x_oauth.accepts(headers.get("authorization", "")):
            body = {"error": "Unauthorized", "message": "The access token is missing or invalid"}
            raise Refusal(401, msgspec.json.encode(body), {})
        return self._pass(self._window.admit(), X_TOO_MANY, {})

    def _pass(self, verdict: Verdict, refusal: bytes, identity: dict[str, str]) -> dict[str, str]:
        headers = {**identity, **verdict.headers}
        if verdict.admitted or not self._settings.rate_limited:
            return headers
        raise Refusal(429, refusal, headers)


def _series(scope: Scope) -> str:
    if scope["type"] != "http":
        return ""
    path: str = scope["path"]
    if path.startswith("/API/"):
        return "R"
    return "X" if path.startswith("/api/") and path != TOKEN_PATH else ""


def _denied(hint: str) -> bytes:
    description = "The resource owner or authorization server denied the request."
    return msgspec.json.encode({"error": "access_denied", "error_description": description, "hint": hint})


def _cost(scope: Scope) -> float:
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    parts = scope["path"].removesuffix(".json").split("/")
    name = parts[5] if len(parts) > 5 else ""
    relations: list[str] = []
    if name in RESOURCES:
        try:
            relations = parse_relations(query.get("load_relations"), RESOURCES[name])
        except QueryError:
            relations = []
    return request_cost(query, relations, is_query=len(parts) == 6)


def _adding(send: Send, headers: dict[str, str]) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *_raw(headers)]
        await send(message)

    return sender


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


async def respond(
    send: Send, status: int, body: bytes, headers: dict[str, str], kind: str = "application/json"
) -> None:
    """Send a whole response from a middleware."""
    head: dict[str, Any] = {"content-type": kind, "content-length": str(len(body)), **headers}
    await send({"type": "http.response.start", "status": status, "headers": _raw(head)})
    await send({"type": "http.response.body", "body": body})
