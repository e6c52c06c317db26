"""A shop's mailboxes behind Gmail's own client, in this process, on a clock that waits move."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

import httplib2
import msgspec
from google.api_core.client_options import ClientOptions
from googleapiclient.discovery import build
from starlette.testclient import TestClient

from include.engagement.gmail import Mailboxes
from include.engagement.gmail_api import GmailApi
from sandbox.engagement.behaviour import Mail
from sandbox.engagement.gmail import Gmail
from sandbox.engagement.mailbox import Mailbox, message_of

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
HELLO, ORDERS = "hello@shop.example", "orders@shop.example"


class Clock:
    """Time that stands still until somebody waits."""

    def __init__(self) -> None:
        self.time, self.waits = NOW, list[float]()

    def now(self) -> dt.datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += dt.timedelta(seconds=seconds)


class _Http:
    """What Gmail's client sends, answered by the newest office's simulator without a socket."""

    client: TestClient

    def request(self, uri: str, method: str = "GET", **_: Any) -> tuple[httplib2.Response, bytes]:
        answer = self.client.request(method, uri)
        return httplib2.Response({**answer.headers, "status": str(answer.status_code)}), answer.content

    def close(self) -> None: ...


@functools.cache
def _service() -> tuple[Any, _Http]:
    """Gmail's client, made once: it reads a long document first."""
    http = _Http()
    options = ClientOptions(api_endpoint="http://gmail.example/")
    return build("gmail", "v1", http=http, client_options=options), http


class Office:
    """Two mailboxes, and a reader of them.

    Args:
        history_days: how old a message may be to be read.
    """

    def __init__(self, history_days: int = 730) -> None:
        self.clock = Clock()
        self.boxes = {address: Mailbox(address) for address in (HELLO, ORDERS)}
        self.gmail = Gmail(self.boxes, self.clock.now)
        self.names = [HELLO, ORDERS]
        self._history_days = history_days
        self._service, http = _service()
        http.client = TestClient(self.gmail.app(), base_url="http://gmail.example")
        self._number = 0

    def write(
        self, sender: str = "ada@example.com", mailbox: str = HELLO, to: str = "", thread: int = 0, **more: Any
    ) -> str:
        """A message comes into a mailbox; returns its id."""
        self._number += 1
        number = self._number
        at = self.clock.now() - dt.timedelta(days=more.pop("days", 0))
        message = message_of(Mail(number, thread or number, at, sender, to or mailbox, mailbox)) | more
        self.boxes[mailbox].add(message)
        return message["id"]

    def reader(self) -> Mailboxes:
        def opened(mailbox: str) -> GmailApi:
            return GmailApi(self._service, mailbox, self.clock.now, self.clock.sleep)

        return Mailboxes(opened, self.names, ["shop.example"], self._history_days, self.clock.now)

    def read(self, cursor: str | None = None, pages: int | None = None) -> tuple[list[str], str | None]:
        """Ids of what is new after a cursor, as far as so many pages go, and the cursor after them."""
        ids: list[str] = []
        for place, page in enumerate(self.reader().pages(cursor), start=1):
            ids += [msgspec.json.decode(record)["id"] for record in page.records]
            cursor = page.cursor
            if place == pages:
                break
        return ids, cursor
