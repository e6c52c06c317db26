"""ASGI middleware: a request body that is too long is refused before anybody reads it."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .problems import problem_response

LONGEST_BODY = 100_000
"""Bytes; 1,000 ids of 64 characters take 67,000."""


class _TooLongError(Exception):
    """More bytes came than the limit allows."""


class LimitedBody:
    """Answers 413 to a body above `LONGEST_BODY` bytes, whatever its Content-Length says."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what is received; other messages than an HTTP request's pass unchanged."""
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > LONGEST_BODY:
                raise _TooLongError
            return message

        try:
            await self.app(scope, counted, send)
        except _TooLongError:
            await problem_response(Request(scope), "request-too-large")(scope, receive, send)
