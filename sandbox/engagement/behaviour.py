"""What the replayed households do besides buying: a pure function of their purchases.

A household visits the web site, writes e-mails and is on social networks, or does not; of those who do, a part of the
purchases is preceded by it. Others do the same without buying: visitors nobody knows, newsletters, passing comments.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from sandbox.lightspeed.dataset import SalesColumns, shift_us
from sandbox.lightspeed.people import mix, person

MAILBOXES: Final = ("hello@teashop.example", "orders@teashop.example")
SITE: Final = "https://www.teashop.example"
CHANNELS: Final = (("google", "organic"), ("(direct)", "(none)"), ("newsletter", "email"), ("instagram", "social"))
STRANGERS_A_DAY: Final = 12
DAY: Final = dt.timedelta(days=1)


@dataclasses.dataclass(frozen=True)
class Purchase:
    """A sale of a household, as far as its other doings follow from it."""

    sale_id: int
    customer_id: int
    at: dt.datetime
    category: str


@dataclasses.dataclass(frozen=True)
class Visit:
    """A session on the web site."""

    number: int
    at: dt.datetime
    device: str
    customer_id: int
    """0 for a visitor who is not signed in."""
    category: str


@dataclasses.dataclass(frozen=True)
class Mail:
    """A message; `sender` and `to` are addresses."""

    number: int
    thread: int
    at: dt.datetime
    sender: str
    to: str
    mailbox: str


@dataclasses.dataclass(frozen=True)
class Mention:
    """Something done on a social network."""

    number: int
    at: dt.datetime
    platform: str
    kind: str
    handle: str


def purchases(columns: SalesColumns, now: dt.datetime, days: int) -> list[Purchase]:
    """Sales of known households in the days before `now` and the one after it, by time.

    Args:
        columns: the sales that the shop replays.
        now: aware; places the data on today, as the shop does.
        days: how far back.
    """
    shift = shift_us(columns, now)
    first, end = (int((now + span).timestamp() * 1e6) - shift for span in (-days * DAY, DAY))
    low, high = columns.completed_us.searchsorted([first, end]).tolist()
    category = {each["product_id"]: (each["category"] or ("other",))[0] for each in columns.products}
    found: dict[int, Purchase] = {}
    for at in range(low, high):
        customer, sale = int(columns.customer_id[at]), int(columns.sale_id[at])
        if customer and sale not in found:
            when = dt.datetime.fromtimestamp((int(columns.completed_us[at]) + shift) / 1e6, dt.UTC)
            name = category.get(int(columns.product_id[at]), "other").lower().replace(" ", "-").replace("&", "and")
            found[sale] = Purchase(sale, customer, when, name)
    return list(found.values())


def visits(bought: Iterable[Purchase], days: Sequence[dt.date]) -> Iterator[Visit]:
    """Sessions before some purchases, and those of strangers on each of some days."""
    for each in bought:
        customer = each.customer_id
        if mix(customer, 22) % 2 == 0 and mix(each.sale_id, 31) % 3 == 0:
            at = each.at - dt.timedelta(minutes=60 + mix(each.sale_id, 32) % 2880)
            signed_in = mix(each.sale_id, 33) % 2
            yield Visit(each.sale_id, at, device_of(customer), customer * signed_in, each.category)
    categories = sorted({each.category for each in bought}) or ["other"]
    for day in days:
        for place in range(STRANGERS_A_DAY):
            number = day.toordinal() * 100 + place
            at = dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(seconds=mix(number, 34) % 86_400)
            yield Visit(number, at, f"{mix(number, 35) % 10**9}.1", 0, categories[mix(number, 36) % len(categories)])


def device_of(customer_id: int) -> str:
    """GA4's id of the household's browser."""
    return f"{mix(customer_id, 37) % 10**9}.{1_700_000_000 + customer_id}"


def mails(bought: Iterable[Purchase]) -> Iterator[Mail]:
    """Questions before some purchases with the shop's answers, and receipts after others."""
    for each in bought:
        addresses = person(each.customer_id).emails
        pick = mix(each.sale_id, 41)
        if not addresses:
            continue
        address, mailbox, number = addresses[0], MAILBOXES[pick % len(MAILBOXES)], each.sale_id * 4
        if mix(each.customer_id, 42) % 3 == 0 and (pick >> 8) % 12 == 0:
            asked = each.at - dt.timedelta(minutes=120 + (pick >> 16) % 4320)
            answered = asked + dt.timedelta(minutes=10 + (pick >> 32) % 1200)
            yield Mail(number, number, asked, address, mailbox, mailbox)
            yield Mail(number + 1, number, answered, mailbox, address, mailbox)
            if (pick >> 48) % 3 == 0:
                yield Mail(number + 2, number, answered + dt.timedelta(minutes=45), address, mailbox, mailbox)
        elif person(each.customer_id).accepts_email and (pick >> 8) % 40 == 1:
            at = each.at + dt.timedelta(minutes=3)
            yield Mail(number + 3, number + 3, at, MAILBOXES[1], address, MAILBOXES[1])


def mentions(bought: Iterable[Purchase]) -> Iterator[Mention]:
    """Comments, mentions and messages before some purchases, and of strangers beside others."""
    kinds = ("comments", "comments", "mentions", "messages")
    for each in bought:
        who, pick = person(each.customer_id), mix(each.sale_id, 51)
        known = [
            (name, handle) for name, handle in (("instagram", who.instagram), ("facebook", who.facebook)) if handle
        ]
        at = each.at - dt.timedelta(minutes=30 + (pick >> 16) % 5760)
        kind = kinds[(pick >> 32) % len(kinds)]
        if known and mix(each.customer_id, 52) % 2 == 0 and pick % 5 == 0:
            platform, handle = known[(pick >> 40) % len(known)]
            yield Mention(each.sale_id, at, platform, kind, handle)
        elif pick % 40 == 1:
            yield Mention(each.sale_id, at, "instagram", "comments", f"9{mix(each.sale_id, 53) % 10**15:015d}")
