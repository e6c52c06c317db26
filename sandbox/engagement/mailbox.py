"""A mailbox as Gmail keeps it: messages, and a history that forgets."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterable
from typing import Any

from sandbox.engagement.behaviour import Mail
from sandbox.lightspeed.people import mix


class ForgottenHistoryError(Exception):
    """The history does not reach back so far."""


@dataclasses.dataclass
class Mailbox:
    """One user's mail; safe from any thread.

    Messages that lie in the future arrive when the clock has come to them.
    """

    address: str
    messages: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    history: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    history_id: int = 1000
    forgotten: int = 0
    upcoming: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    lock: threading.RLock = dataclasses.field(default_factory=threading.RLock)

    def expect(self, mails: Iterable[Mail]) -> None:
        """Take messages, each to arrive at its time."""
        with self.lock:
            self.upcoming += [message_of(mail) for mail in mails if mail.mailbox == self.address]
            self.upcoming.sort(key=lambda each: (int(each["internalDate"]), each["id"]))

    def arrive(self, now_ms: int) -> None:
        """Let everything come in that is due."""
        with self.lock:
            while self.upcoming and int(self.upcoming[0]["internalDate"]) <= now_ms:
                self.add(self.upcoming.pop(0))

    def add(self, message: dict[str, Any]) -> None:
        """A message comes in."""
        with self.lock:
            self.history_id += 10
            self.messages[message["id"]] = message | {"historyId": str(self.history_id)}
            self._note({"messagesAdded": [{"message": {"id": message["id"], "threadId": message["threadId"]}}]})

    def unhide(self, message_id: str, label: str) -> None:
        """A message loses a label such as SPAM."""
        with self.lock:
            self.history_id += 10
            self.messages[message_id]["labelIds"].remove(label)
            self._note({"labelsRemoved": [{"message": {"id": message_id}, "labelIds": [label]}]})

    def delete(self, message_id: str) -> None:
        """A message is gone."""
        with self.lock:
            self.history_id += 10
            del self.messages[message_id]
            self._note({"messagesDeleted": [{"message": {"id": message_id}}]})

    def forget(self) -> None:
        """Forget the whole history up to now, as Gmail may after a week."""
        with self.lock:
            self.history_id += 10
            self.forgotten = self.history_id

    def since(self, start: int) -> list[dict[str, Any]]:
        """The history after a position.

        Raises:
            ForgottenHistoryError: it was forgotten.
        """
        with self.lock:
            if start < self.forgotten:
                raise ForgottenHistoryError
            return [each for each in self.history if int(each["id"]) > start]

    def listed(self) -> list[dict[str, Any]]:
        """Messages without spam and trash, the newest first."""
        with self.lock:
            shown = [each for each in self.messages.values() if not {"SPAM", "TRASH"} & set(each["labelIds"])]
            return sorted(shown, key=lambda each: (-int(each["internalDate"]), each["id"]))

    def _note(self, change: dict[str, Any]) -> None:
        self.history.append({"id": str(self.history_id), **change})


def message_of(mail: Mail) -> dict[str, Any]:
    """A message in full, as Gmail gives it with `format=full`: with a subject, a snippet and a body."""
    name = mail.sender.partition("@")[0].replace(".", " ").title()
    subject, text = f"Question no. {mail.thread} about tea", f"Dear shop, this is the private text no. {mail.number}."
    headers = {
        "From": f'"{name}" <{mail.sender}>',
        "To": mail.to,
        "Date": mail.at.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        "Subject": subject,
        "Message-ID": f"<{mail.number}@mail.example>",
    }
    return {
        "id": f"{mix(mail.number, 61):016x}",
        "threadId": f"{mix(mail.thread, 61):016x}",
        "labelIds": ["SENT" if mail.sender == mail.mailbox else "INBOX"],
        "snippet": text[:40],
        "internalDate": str(int(mail.at.timestamp() * 1000)),
        "payload": {
            "mimeType": "text/plain",
            "headers": [{"name": key, "value": value} for key, value in headers.items()],
            "body": {"size": len(text), "data": text},
        },
    }
