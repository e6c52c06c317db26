"""Mailboxes -> pages of message records, after a cursor that holds each mailbox's place.

A mailbox is first read whole, the newest messages first, and from then on by what its history says was added
(developers.google.com/workspace/gmail/api/guides/sync). Gmail forgets old history and answers 404 then: the mailbox is
read whole again, which changes nothing that is in the table already.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from include.engagement.errors import EngagementError
from include.engagement.gmail_api import BadRequest, NotFound
from include.engagement.mail_records import MailRecord, record, sent_at
from include.engagement.rows import page_body
from include.lightspeed.client import Page

if TYPE_CHECKING:
    from include.engagement.gmail_api import GmailApi

log = logging.getLogger(__name__)

HIDDEN = frozenset({"SPAM", "TRASH"})
"""A message that loses one of these labels has come into the correspondence."""


class Place(msgspec.Struct, omit_defaults=True):
    """Where the reading of a mailbox stands.

    Attributes:
        history_id: everything before it was read, or will have been when `page_token` is none.
        page_token: the next page of a mailbox that is being read whole.
        day: the day (UTC) on which this was last known to be so.
    """

    history_id: str
    page_token: str | None = None
    day: str = ""


@dataclass
class Mailboxes:
    """Reads the shop's mailboxes.

    Args:
        open_mailbox: gives the API of a mailbox.
        mailboxes: their addresses, lower-cased.
        domains: the shop's own domains.
        history_days: older messages are not read.
        now: clock.

    Attributes:
        reached_end: whether the last reading came to the end of every mailbox.
        problems: a sentence for each mailbox that could not be read.
    """

    open_mailbox: Callable[[str], GmailApi]
    mailboxes: Sequence[str]
    domains: Sequence[str]
    history_days: int
    now: Callable[[], dt.datetime]
    series: str = "gmail"
    api_version: str = "v1"
    reached_end: bool = False
    problems: list[str] = field(default_factory=list)

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Yield what is new since a cursor; a mailbox that cannot be read does not hold back the others.

        Raises:
            EngagementError: a mailbox could not be read, and no other had anything new.
        """
        places = msgspec.json.decode(cursor, type=dict[str, Place]) if cursor else {}
        yielded, failure = False, None
        for mailbox in self.mailboxes:
            try:
                for records, place in self._mailbox(mailbox, places.get(mailbox)):
                    places[mailbox] = place
                    yielded = True
                    yield _page(records, places)
            except EngagementError as error:
                failure = failure or error
                self.problems.append(str(error))
                log.warning("%s", error)
        if failure and not yielded:
            raise failure
        self.reached_end = failure is None

    def _mailbox(self, mailbox: str, place: Place | None) -> Iterator[tuple[list[MailRecord], Place]]:
        api = self.open_mailbox(mailbox)
        if place and not place.page_token:
            try:
                yield from self._added(api, place)
            except NotFound:
                log.warning("Gmail has forgotten the history of %s since its last reading: reading it whole.", mailbox)
                yield from self._everything(api, None)
        else:
            yield from self._everything(api, place)

    def _added(self, api: GmailApi, place: Place) -> Iterator[tuple[list[MailRecord], Place]]:
        token, today = None, self.now().date().isoformat()
        while True:
            answer = api.history(place.history_id, token)
            token = answer.get("nextPageToken")
            changes = answer.get("history", [])
            newest = str(changes[-1]["id"] if token and changes else answer["historyId"])
            records = self._read(api, _added_ids(changes))
            # A place that never moved would be forgotten one day, so a quiet mailbox is noted once a day.
            if records or (not token and place.day != today):
                yield records, Place(newest, day=today)
            if not token:
                return

    def _everything(self, api: GmailApi, place: Place | None) -> Iterator[tuple[list[MailRecord], Place]]:
        token = place.page_token if place else None
        start = place.history_id if place else api.history_id()
        today = self.now().date().isoformat()
        since = self.now() - dt.timedelta(days=self.history_days)
        while True:
            try:
                ids, following = api.messages(token)
            except BadRequest:
                if token is None:
                    raise
                log.warning("Gmail does not know the page any more at which %s was to go on.", api.mailbox)
                token, start = None, api.history_id()
                continue
            found = self._read(api, ids)
            records = [each for each in found if _is_since(each, since)]
            token = following if records or not found else None
            yield records, Place(start, token, today)
            if not token:
                return

    def _read(self, api: GmailApi, ids: Iterable[str]) -> list[MailRecord]:
        """Records of messages, those left out that are gone or no correspondence."""
        answers = (api.message(each) for each in ids)
        made = (record(each, api.mailbox, list(self.mailboxes), list(self.domains)) for each in answers if each)
        return [each for each in made if each]


def _added_ids(changes: Iterable[dict]) -> list[str]:
    """Ids of the messages that changes brought, each once."""
    ids = []
    for change in changes:
        ids += [added["message"]["id"] for added in change.get("messagesAdded", [])]
        removed = (each for each in change.get("labelsRemoved", []) if HIDDEN & set(each.get("labelIds", [])))
        ids += [each["message"]["id"] for each in removed]
    return list(dict.fromkeys(ids))


def _is_since(it: MailRecord, since: dt.datetime) -> bool:
    """Whether a message is to be kept by its age; one without a time is, so that it is rejected in the open."""
    try:
        return sent_at(it.internal_date) >= since
    except ValueError:
        return True


def _page(records: Sequence[MailRecord], places: dict[str, Place]) -> Page:
    raw = [msgspec.Raw(msgspec.json.encode(each)) for each in records]
    return Page("", page_body(raw), raw, msgspec.json.encode(places).decode())
