"""One message of a mailbox -> its rows of `email_events`.

What is kept of a message is its ids, its time and the addresses in its From, To and Cc headers: `MailRecord`. It is
made when the message is read; what Gmail may send beyond that is not even decoded.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from email.utils import getaddresses
from typing import Any

import msgspec

HEADERS = ("From", "To", "Cc")
LEFT_OUT = frozenset({"DRAFT", "SPAM", "TRASH", "CHAT"})
"""Labels of messages that are no correspondence."""

_ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}")


class Header(msgspec.Struct):
    """A header of a message as Gmail gives it."""

    name: str
    value: str


class Payload(msgspec.Struct):
    """The part of a message that has its headers."""

    headers: list[Header] = []


class Message(msgspec.Struct, rename="camel"):
    """What is decoded of Gmail's answer; fields that are not here are never read."""

    id: str
    thread_id: str = ""
    internal_date: str = ""
    label_ids: list[str] = []
    payload: Payload = msgspec.field(default_factory=Payload)


class MailRecord(msgspec.Struct):
    """A message as it is landed.

    Attributes:
        mailbox: the mailbox that holds it.
        mailboxes: all mailboxes that are read, in their order.
        domains: the shop's own domains: addresses there are nobody's outside.
        id: Gmail's id in this mailbox.
        thread_id: Gmail's id of the conversation in this mailbox.
        internal_date: milliseconds since the epoch, as Gmail has it.
        sender: addresses of the From header, lower-cased.
        to: addresses of the To header.
        cc: addresses of the Cc header.
    """

    mailbox: str
    mailboxes: list[str]
    domains: list[str]
    id: str
    thread_id: str
    internal_date: str
    sender: list[str]
    to: list[str]
    cc: list[str]


def record(answer: dict[str, Any], mailbox: str, mailboxes: list[str], domains: list[str]) -> MailRecord | None:
    """The record of a message; None for one that is no correspondence (a draft, spam).

    Args:
        answer: Gmail's answer to messages.get.
        mailbox: where it lies.
        mailboxes: all mailboxes that are read.
        domains: the shop's own domains.

    An answer that is no message becomes a record without its parts: `parse` will reject it.
    """
    try:
        message = msgspec.convert(answer, Message, strict=False)
    except msgspec.ValidationError:
        return MailRecord(mailbox, mailboxes, domains, str(answer.get("id", "")), "", "", [], [], [])
    if LEFT_OUT & set(message.label_ids):
        return None
    values: dict[str, list[str]] = {name.lower(): [] for name in HEADERS}
    for header in message.payload.headers:
        if header.name.lower() in values:
            values[header.name.lower()].append(header.value)
    sender, to, cc = (addresses(found) for found in values.values())
    return MailRecord(mailbox, mailboxes, domains, message.id, message.thread_id, message.internal_date, sender, to, cc)


def addresses(values: Iterable[str]) -> list[str]:
    """Addresses in header values, lower-cased, each once, display names cut; what is none is left out."""
    found = (address.strip().lower() for _, address in getaddresses(list(values)))
    return list(dict.fromkeys(address for address in found if _ADDRESS.fullmatch(address)))


def sent_at(internal_date: str) -> dt.datetime:
    """The time that Gmail's `internalDate` stands for, UTC.

    Raises:
        ValueError: it is no time.
    """
    try:
        return dt.datetime.fromtimestamp(int(internal_date) / 1000, dt.UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError("the message has no time that can be read (internalDate)") from None


def parse(raw: msgspec.Raw) -> tuple[str, list[tuple[Any, ...]]]:
    """Key and rows of a landed message: one row an outside address; none for mail within the shop.

    A message that lies in several of the shop's mailboxes has its rows under one of them: the one that sent it, else
    the first of them that it is addressed to.

    Raises:
        ValueError: the message has no id, time or sender; the text is the reason for its rejection.
    """
    it = msgspec.json.decode(raw, type=MailRecord)
    if not (it.id and it.thread_id):
        raise ValueError("the message has no id or no conversation")
    if not it.sender:
        raise ValueError("the From header has no address")
    when = sent_at(it.internal_date)
    by_shop = _is_own(it.sender[0], it)
    outside = [each for each in dict.fromkeys([*it.to, *it.cc]) if not _is_own(each, it)] if by_shop else it.sender[:1]
    if _owner(it, by_shop) != it.mailbox:
        outside = []
    direction = "to_customer" if by_shop else "from_customer"
    rows = [(when, it.mailbox, it.id, it.thread_id, direction, address, None) for address in outside]
    return f"{it.mailbox} {it.id}", rows


def _is_own(address: str, it: MailRecord) -> bool:
    return address in it.mailboxes or address.rpartition("@")[2] in it.domains


def _owner(it: MailRecord, by_shop: bool) -> str:
    if by_shop and it.sender[0] in it.mailboxes:
        return it.sender[0]
    addressed = {*it.to, *it.cc}
    return next((mailbox for mailbox in it.mailboxes if mailbox in addressed), it.mailbox)
