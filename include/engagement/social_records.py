"""A webhook of Meta -> event records -> rows of `social_events`.

Shapes: developers.facebook.com/docs/instagram-platform/webhooks and …/docs/graph-api/webhooks/reference/page. What is
kept of an event is who did what to which object, and when: `EventRecord`. Texts are never taken out of the webhook.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

PLATFORMS = {"instagram": "instagram", "page": "facebook"}
"""A webhook's `object` -> platform."""
TYPES = {
    "comments": "comment",
    "live_comments": "comment",
    "mentions": "mention",
    "message_reactions": "reaction",
    "messages": "message",
}
"""Names of fields -> names of events; others keep the name that the webhook has."""
MESSAGING = ("message", "reaction", "postback", "optin", "referral")
"""What a message event may be; deliveries and read receipts are nobody's doing."""
MILLISECONDS = 100_000_000_000
"""A larger time is in milliseconds."""


class EventRecord(msgspec.Struct):
    """An event as it is landed; the columns of `social_events`, and the object that told of it."""

    event_at: str
    event_id: str
    platform: str
    event_type: str
    account_id: str
    handle: str | None
    object_id: str | None
    signature_checked: bool
    object: str


class RefusedRecord(msgspec.Struct):
    """An object that has no event that could be read."""

    object: str
    refused: str
    """The reason, in one sentence that quotes nothing."""


class _Landed(msgspec.Struct):
    object: str
    refused: str | None = None


def parse(raw: msgspec.Raw) -> tuple[str, list[tuple[Any, ...]]]:
    """Key and row of a landed event.

    Raises:
        ValueError: the object was refused; the text is the reason.
    """
    refused = msgspec.json.decode(raw, type=_Landed).refused
    if refused is not None:
        raise ValueError(refused)
    it = msgspec.json.decode(raw, type=EventRecord)
    if not it.account_id:
        raise ValueError("the event names no account of the shop")
    columns = (it.event_id, it.platform, it.event_type, it.account_id, it.handle, it.object_id, it.signature_checked)
    return it.event_id, [(dt.datetime.fromisoformat(it.event_at), *columns)]


def events(body: bytes, name: str, created: dt.datetime, signature_checked: bool) -> list[EventRecord]:
    """The events of a webhook, what the shop itself did left out.

    Args:
        body: the request body that Meta sent.
        name: the object that it lies in.
        created: when it was stored: the time of an event that has none.
        signature_checked: whether its signature was there and right.

    Raises:
        ValueError: it is no webhook of a platform that is known; the text quotes nothing of it.
    """
    try:
        payload = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        raise ValueError("the object is not JSON") from None
    platform = PLATFORMS.get(_text(_mapping(payload).get("object")))
    if platform is None:
        raise ValueError("the object is no webhook of Instagram or Facebook")
    found = []
    for entry in _mappings(payload.get("entry")):
        account = _text(entry.get("id"))
        for fields in _happenings(entry):
            if fields["handle"] and fields["handle"] == account:
                continue
            when = _time(fields.pop("time")) or _time(entry.get("time")) or created
            found.append(_record(platform, account, when, fields, signature_checked, name))
    return found


def _record(
    platform: str, account: str, when: dt.datetime, fields: dict[str, str], signature_checked: bool, name: str
) -> EventRecord:
    meta_id, verb = fields["id"], fields["verb"]
    if not meta_id or verb not in ("", "add"):
        told = (meta_id, fields["type"], fields["handle"], fields["object_id"], verb, when.isoformat())
        meta_id = hashlib.sha256("\x1f".join((platform, account, *told)).encode()).hexdigest()[:32]
    return EventRecord(
        event_at=when.isoformat(),
        event_id=meta_id,
        platform=platform,
        event_type=fields["type"],
        account_id=account,
        handle=fields["handle"] or None,
        object_id=fields["object_id"] or None,
        signature_checked=signature_checked,
        object=name,
    )


def _happenings(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What an entry tells of: each with id, type, verb, handle, object_id and time, empty where it has none."""
    direct = [entry] if "field" in entry else []
    for change in [*_mappings(entry.get("changes")), *direct]:
        yield from _change(_text(change.get("field")), _mapping(change.get("value")))
    for event in _mappings(entry.get("messaging")):
        yield from _messaging(event)


def _change(field: str, value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "sender" in value and ("message" in value or "reaction" in value):
        yield from _messaging(value)
        return
    sender = _mapping(value.get("from"))
    ids = [_text(value.get(name)) for name in ("comment_id", "id", "media_id", "post_id")]
    own_id = next((each for each in (ids[:2] if field != "feed" else ids[:1]) if each), "")
    is_reaction = _text(value.get("item")) in ("reaction", "like")
    yield {
        "id": "" if is_reaction else own_id,
        "type": _text(value.get("item")) or TYPES.get(field, field) or "unknown",
        "verb": _text(value.get("verb")),
        "handle": _text(sender.get("id")) or _text(value.get("sender_id")) or _text(sender.get("username")),
        "object_id": _text(_mapping(value.get("media")).get("id"))
        or (ids[0] if is_reaction else "")
        or ids[3]
        or ids[2],
        "time": value.get("created_time") or value.get("timestamp"),
    }


def _messaging(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    kind = next((each for each in MESSAGING if isinstance(event.get(each), dict)), None)
    if kind is None or event[kind].get("is_echo"):
        return
    handle = _text(_mapping(event.get("sender")).get("id"))
    mid = _text(event[kind].get("mid"))
    yield {
        "id": mid if kind == "message" else "",
        "type": kind,
        "verb": _text(event[kind].get("action")),
        "handle": handle,
        "object_id": mid if kind == "reaction" else handle,
        "time": event.get("timestamp"),
    }


def _time(value: Any) -> dt.datetime | None:
    """A time in seconds or milliseconds since the epoch, or ISO 8601; None for anything else."""
    try:
        if isinstance(value, str) and not value.isdigit():
            return dt.datetime.fromisoformat(value).astimezone(dt.UTC)
        number = int(value)
        return dt.datetime.fromtimestamp(number / 1000 if number > MILLISECONDS else number, dt.UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _text(value: Any) -> str:
    """An id or a name, as text of at most 200 characters; empty for anything else."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    return str(value)[:200]


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
