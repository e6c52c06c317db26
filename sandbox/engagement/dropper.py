"""Drops webhooks of Instagram and Facebook below a Cloud Storage prefix, as a receiver of Meta's requests does."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterable
from typing import Any, Final

from google.cloud import storage

from sandbox.engagement.behaviour import Mention

SECRET: Final = "sandbox-app-secret"  # noqa: S105
ACCOUNTS: Final = {"instagram": "17841400000000001", "facebook": "100200300400500"}


def webhook(mentions: Iterable[Mention], platform: str) -> dict[str, Any]:
    """One webhook that tells of some events on a platform; it has texts, as Meta's have."""
    return {
        "object": "page" if platform == "facebook" else platform,
        "entry": [_entry(mention) for mention in mentions if mention.platform == platform],
    }


def _entry(mention: Mention) -> dict[str, Any]:
    number, seconds = mention.number, int(mention.at.timestamp())
    entry: dict[str, Any] = {"id": ACCOUNTS[mention.platform], "time": seconds}
    text, sender = f"My private words no. {number}", {"id": mention.handle, "username": f"user_{mention.handle}"}
    if mention.kind == "messages":
        message = {"mid": f"m_{number}", "text": text}
        event = {"sender": {"id": mention.handle}, "recipient": {"id": entry["id"]}, "message": message}
        return entry | {"messaging": [event | {"timestamp": seconds * 1000}]}
    if mention.platform == "facebook":
        value: dict[str, Any] = {
            "item": "comment",
            "verb": "add",
            "comment_id": f"c_{number}",
            "post_id": f"p_{number % 40}",
        }
        value |= {"from": {"id": mention.handle, "name": "A Person"}, "created_time": seconds, "message": text}
        return entry | {"changes": [{"field": "feed", "value": value}]}
    if mention.kind == "mentions":
        value = {"comment_id": f"c_{number}", "media_id": f"media_{number % 40}", "from": sender}
        return entry | {"changes": [{"field": "mentions", "value": value}]}
    value = {"id": f"c_{number}", "from": sender, "media": {"id": f"media_{number % 40}"}, "text": text}
    return entry | {"changes": [{"field": "comments", "value": value}]}


def signature(body: bytes, secret: str = SECRET) -> str:
    """The header X-Hub-Signature-256 of a body."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


class Dropper:
    """Puts webhooks into a bucket.

    Args:
        files: Cloud Storage.
        bucket: its name; made when it is missing.
    """

    def __init__(self, files: storage.Client, bucket: str) -> None:
        self._bucket = files.bucket(bucket)
        if not self._bucket.exists():
            self._bucket.create()

    def drop(self, name: str, body: bytes, signed: str | None = None, sidecar: bool = False) -> None:
        """Store a request body; `signed` goes into its metadata, or before it into an object beside it."""
        if signed and sidecar:
            self._bucket.blob(f"{name}.signature").upload_from_string(signed)
        blob = self._bucket.blob(name)
        blob.metadata = {"x-hub-signature-256": signed} if signed and not sidecar else None
        blob.upload_from_string(body, content_type="application/json")

    def drop_days(self, mentions: Iterable[Mention], until: dt.datetime) -> int:
        """Store one signed webhook a day and platform with everything up to a moment; returns how many."""
        days: dict[tuple[dt.date, str], list[Mention]] = {}
        for mention in mentions:
            if mention.at <= until:
                days.setdefault((mention.at.date(), mention.platform), []).append(mention)
        for (day, platform), some in sorted(days.items()):
            body = json.dumps(webhook(some, platform)).encode()
            self.drop(f"meta/{day.isoformat()}-{platform}.json", body, signature(body))
        return len(days)
