"""A Cloud Storage prefix that webhooks are dropped in -> pages of event records, after a cursor.

Whatever receives Meta's requests puts each body, byte for byte, into an object of its own below the prefix, and its
`X-Hub-Signature-256` header into the object's metadata under that name, or before it into `<object>.signature`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import hmac
import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from include.engagement.rows import page_body
from include.engagement.social_records import EventRecord, RefusedRecord, events
from include.lightspeed.client import Page

if TYPE_CHECKING:
    from google.cloud import storage

log = logging.getLogger(__name__)

SIGNATURE = "x-hub-signature-256"
SIDECAR = ".signature"
FIELDS = "items(name,generation,timeCreated,metadata),nextPageToken"
LARGEST = 1_000_000
"""Bytes; no webhook is larger, and nothing larger is read."""
OBJECTS = 100
"""Objects of a page."""
OVERLAP = dt.timedelta(minutes=10)
"""Objects so much older than the newest one read are looked for again: uploads end in any order."""


class Place(msgspec.Struct):
    """Where the reading of the prefix stands: the newest object's time, and which of the last ones were read."""

    after: dt.datetime
    seen: list[str]


@dataclasses.dataclass
class Webhooks:
    """Reads the prefix.

    Args:
        client: Cloud Storage client.
        bucket: name of the bucket.
        prefix: beginning of the objects' names; may be empty.
        secret: Meta's app secret; empty: no signature can be checked.
    """

    client: storage.Client
    bucket: str
    prefix: str
    secret: str = dataclasses.field(repr=False)
    series: str = "meta_webhook"
    api_version: str = "webhooks"
    reached_end: bool = True

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Yield the events of the objects that came since a cursor, in the order of their coming."""
        place = msgspec.json.decode(cursor, type=Place) if cursor else Place(dt.datetime.min.replace(tzinfo=dt.UTC), [])
        blobs, sidecars = self._listed()
        seen = set(place.seen)
        since = place.after - OVERLAP if cursor else place.after
        new = [blob for blob in blobs if blob.time_created >= since and _digest(blob) not in seen]
        known = {_digest(blob): blob.time_created for blob in blobs if _digest(blob) in seen}
        for at in range(0, len(new), OBJECTS):
            some = new[at : at + OBJECTS]
            records = [each for blob in some for each in self._records(blob, sidecars)]
            place = Place(max(place.after, *(blob.time_created for blob in some)), [])
            known |= {_digest(blob): blob.time_created for blob in some}
            place.seen = sorted(each for each, created in known.items() if created >= place.after - OVERLAP)
            yield _page(records, place)

    def _listed(self) -> tuple[list[Any], dict[str, Any]]:
        """Objects in the order of their coming, and the objects that hold signatures by the name of their object."""
        found = list(self.client.list_blobs(self.bucket, prefix=self.prefix, fields=FIELDS))
        sidecars = {blob.name.removesuffix(SIDECAR): blob for blob in found if blob.name.endswith(SIDECAR)}
        blobs = [blob for blob in found if not blob.name.endswith((SIDECAR, "/"))]
        return sorted(blobs, key=lambda blob: (blob.time_created, blob.name)), sidecars

    def _records(self, blob: Any, sidecars: dict[str, Any]) -> Sequence[EventRecord | RefusedRecord]:
        from google.api_core.exceptions import NotFound

        try:
            # As it is stored and no more than is allowed: nothing unpacks itself here.
            body = blob.download_as_bytes(end=LARGEST, raw_download=True)
            signature = self._signature(blob, sidecars.get(blob.name))
        except NotFound:
            log.warning("Object %r was removed before it could be read.", blob.name)
            return []
        if len(body) > LARGEST:
            return [RefusedRecord(blob.name, f"the object is larger than {LARGEST:,} bytes")]
        checked = bool(self.secret and signature)
        if checked and not is_right(body, signature, self.secret):
            return [RefusedRecord(blob.name, "the signature of the webhook is wrong")]
        try:
            return events(body, blob.name, blob.time_created, checked)
        except ValueError as error:
            return [RefusedRecord(blob.name, str(error))]

    def _signature(self, blob: Any, sidecar: Any) -> str:
        metadata = {name.lower(): value for name, value in (blob.metadata or {}).items()}
        if SIGNATURE in metadata or sidecar is None:
            return metadata.get(SIGNATURE, "")
        return sidecar.download_as_bytes(end=200, raw_download=True).decode("ascii", "replace").strip()


def is_right(body: bytes, signature: str, secret: str) -> bool:
    """Whether a signature is `sha256=` and the HMAC-SHA256 of the body under the app secret."""
    right = f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
    return hmac.compare_digest(right.encode(), signature.encode())


def _digest(blob: Any) -> str:
    return hashlib.sha256(f"{blob.name}\x1f{blob.generation}".encode()).hexdigest()[:12]


def _page(records: Sequence[EventRecord | RefusedRecord], place: Place) -> Page:
    raw = [msgspec.Raw(msgspec.json.encode(each)) for each in records]
    return Page("", page_body(raw), raw, msgspec.json.encode(place).decode())
