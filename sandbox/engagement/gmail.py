"""The four methods of Gmail's API that a reader needs, with its quota and its errors."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.engagement.mailbox import ForgottenHistoryError, Mailbox

UNITS = {"profile": 1, "messages": 5, "message": 5, "history": 2}
REASONS = {429: "rateLimitExceeded", 403: "userRateLimitExceeded", 500: "backendError", 503: "backendError"}


@dataclasses.dataclass
class Quota:
    """Units that a user may spend a minute, and faults that are ordered.

    Attributes:
        units: a minute, by default those of a project from before May 2026.
        faults: the answers to come, each a status, a reason and a Retry-After (empty: none).
        leaky: answer messages in full, whatever fields and format were asked for.
        requests: paths and queries so far.
    """

    units: int = 15_000
    faults: list[tuple[int, str, str]] = dataclasses.field(default_factory=list)
    leaky: bool = False
    requests: list[str] = dataclasses.field(default_factory=list)
    spent: dict[tuple[str, int], int] = dataclasses.field(default_factory=dict)

    def refuse(self, method: str, mailbox: str, now: dt.datetime) -> JSONResponse | None:
        """The answer to a request that is not let through."""
        if self.faults:
            status, reason, retry_after = self.faults.pop(0)
            return error(status, reason or REASONS.get(status, "backendError"), retry_after)
        minute = (mailbox, int(now.timestamp()) // 60)
        self.spent[minute] = self.spent.get(minute, 0) + UNITS[method]
        if self.spent[minute] > self.units:
            return error(429, "rateLimitExceeded", str(60 - now.second))
        return None


def error(status: int, reason: str, retry_after: str = "") -> JSONResponse:
    """An error as Google's APIs give it."""
    body = {"code": status, "message": reason, "errors": [{"reason": reason, "domain": "usageLimits"}]}
    return JSONResponse({"error": body}, status, {"Retry-After": retry_after} if retry_after else {})


class Gmail:
    """The API over some mailboxes.

    Args:
        mailboxes: by address.
        clock: the present time, aware.
    """

    def __init__(self, mailboxes: dict[str, Mailbox], clock: Callable[[], dt.datetime]) -> None:
        self.mailboxes, self._clock, self.quota = mailboxes, clock, Quota()

    def app(self) -> Starlette:
        """The ASGI app."""
        users = "/gmail/v1/users/{user}"
        methods = {
            f"{users}/profile": ("profile", self._profile),
            f"{users}/messages": ("messages", self._messages),
            f"{users}/messages/{{id}}": ("message", self._message),
            f"{users}/history": ("history", self._history),
        }
        routes = [Route(path, self._guarded(name, answer)) for path, (name, answer) in methods.items()]
        return Starlette(routes=[*routes, Route("/health", lambda _: JSONResponse({"ok": True}))])

    def _guarded(self, method: str, answer: Callable[[Mailbox, Request], JSONResponse]) -> Callable[..., Any]:
        def endpoint(request: Request) -> JSONResponse:
            self.quota.requests.append(f"{request.url.path}?{request.url.query}")
            mailbox = self.mailboxes.get(request.path_params["user"])
            if mailbox is None:
                return error(403, "forbidden")
            refused = self.quota.refuse(method, mailbox.address, self._clock())
            mailbox.arrive(int(self._clock().timestamp() * 1000))
            return refused or answer(mailbox, request)

        return endpoint

    def _profile(self, mailbox: Mailbox, _: Request) -> JSONResponse:
        return JSONResponse({"emailAddress": mailbox.address, "historyId": str(mailbox.history_id)})

    def _messages(self, mailbox: Mailbox, request: Request) -> JSONResponse:
        token = request.query_params.get("pageToken", "0")
        if not token.isdigit():
            return error(400, "invalidArgument")
        first, size = int(token), int(request.query_params.get("maxResults", "100"))
        found = mailbox.listed()
        some = [{"id": each["id"], "threadId": each["threadId"]} for each in found[first : first + size]]
        more = {"nextPageToken": str(first + size)} if len(found) > first + size else {}
        return JSONResponse({"messages": some, "resultSizeEstimate": len(found), **more})

    def _history(self, mailbox: Mailbox, request: Request) -> JSONResponse:
        try:
            found = mailbox.since(int(request.query_params["startHistoryId"]))
        except ForgottenHistoryError:
            return error(404, "notFound")
        first, size = int(request.query_params.get("pageToken", "0")), int(request.query_params["maxResults"])
        more = {"nextPageToken": str(first + size)} if len(found) > first + size else {}
        some = {"history": found[first : first + size]} if found else {}
        return JSONResponse({**some, "historyId": str(mailbox.history_id), **more})

    def _message(self, mailbox: Mailbox, request: Request) -> JSONResponse:
        message = mailbox.messages.get(request.path_params["id"])
        if message is None:
            return error(404, "notFound")
        if self.quota.leaky:
            return JSONResponse(message)
        answer = copy.deepcopy(message)
        if request.query_params.get("format") == "metadata":
            wanted = {name.lower() for name in request.query_params.getlist("metadataHeaders")}
            headers = [each for each in answer["payload"]["headers"] if each["name"].lower() in wanted]
            answer["payload"] = {"mimeType": answer["payload"]["mimeType"], "headers": headers}
        if fields := re.findall(r"\w+", request.query_params.get("fields", "")):
            answer = {name: value for name, value in answer.items() if name in fields}
        return JSONResponse(answer)
