"""The households' doings as rows of the event tables, without the way through Gmail, GA4 and webhooks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.engagement import behaviour
from sandbox.engagement.behaviour import Mail, Mention, Purchase, Visit
from sandbox.engagement.ga4 import events
from sandbox.lightspeed.people import person

KINDS = {"comments": "comment", "mentions": "mention", "messages": "message"}
"""Names of webhook fields -> types of events."""

Rows = list[dict[str, Any]]


def event_rows(bought: list[Purchase], days: list[dt.date]) -> dict[str, Rows]:
    """Rows of `customers`, `email_events`, `content_events` and `social_events`.

    Args:
        bought: purchases of the households, whose ids are Lightspeed's too.
        days: days on which strangers visit the site.
    """
    first = min(each.at for each in bought)
    return {
        "customers": [_customer(number, first) for number in sorted({each.customer_id for each in bought})],
        "email_events": list(_emails(behaviour.mails(bought))),
        "content_events": [row for visit in behaviour.visits(bought, days) for row in _views(visit)],
        "social_events": [_social(mention) for mention in behaviour.mentions(bought)],
    }


def _customer(number: int, created: dt.datetime) -> dict[str, Any]:
    who = person(number)
    return {
        "customer_id": str(number),
        "email": who.emails[0] if who.emails else None,
        "instagram": who.instagram or None,
        "facebook": who.facebook or None,
        "is_archived": False,
        "created_at": created,
        "source": "r_series",
        "source_updated_at": created,
        **_landed(created),
    }


def _emails(mails: Iterable[Mail]) -> Iterator[dict[str, Any]]:
    threads: dict[int, Mail] = {}
    for mail in mails:
        outward = mail.sender == mail.mailbox
        before = threads.get(mail.thread)
        threads[mail.thread] = mail
        answers = before is not None and before.sender != mail.sender
        yield {
            "event_at": mail.at,
            "mailbox": mail.mailbox,
            "message_id": str(mail.number),
            "thread_id": str(mail.thread),
            "direction": "to_customer" if outward else "from_customer",
            "counterpart": mail.to if outward else mail.sender,
            "reply_delay_seconds": int((mail.at - before.at).total_seconds()) if before and answers else None,
            "source": "gmail",
            **_landed(mail.at),
        }


def _views(visit: Visit) -> Iterator[dict[str, Any]]:
    for place, event in enumerate(events(visit, str)):
        at = dt.datetime.fromtimestamp(event["event_timestamp"] / 1e6, dt.UTC)
        values = {each["key"]: each["value"]["int_value"] for each in event["event_params"]}
        msec = values.get("engagement_time_msec")
        yield {
            "event_at": at,
            "event_id": f"{visit.number}-{visit.device}-{place}",
            "event_name": event["event_name"],
            "user_pseudo_id": event["user_pseudo_id"],
            "user_id": event["user_id"],
            "session_id": values["ga_session_id"],
            "content_category": visit.category,
            "engagement_time_seconds": None if msec is None else msec / 1000,
            "export_table_day": at.date(),
            "is_intraday": False,
            **_landed(at),
        }


def _social(mention: Mention) -> dict[str, Any]:
    return {
        "event_at": mention.at,
        "event_id": str(mention.number),
        "platform": mention.platform,
        "event_type": KINDS[mention.kind],
        "account_id": "shop",
        "handle": mention.handle,
        "signature_checked": True,
        "source": "meta_webhook",
        **_landed(mention.at),
    }


def _landed(at: dt.datetime) -> dict[str, Any]:
    return {"ingested_at": at, "batch_id": "simulated"}
