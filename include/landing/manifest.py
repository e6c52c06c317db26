"""What a batch's folder says of itself: `manifest.json` from its extract, `committed.json` from its commit.

With them the landing bucket alone tells which batches were committed, in which order, and with what content: the
tables, and the ledger itself, can be made again from it.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from include.landing.batch import Batch
from include.landing.downloads import MIB, download

if TYPE_CHECKING:
    from airflow.providers.google.cloud.hooks.gcs import GCSHook

NAME = "manifest.json"
RECEIPT = "committed.json"
FORMAT = 1
LARGEST = 64 * MIB
"""Bytes of a document. A batch of 25,000 pages, each of which it took a few records of, has a tenth."""


@dataclasses.dataclass(frozen=True)
class Manifest:
    """A batch as it was extracted."""

    batch: Batch
    dataset: str
    """Name of the dataset that it was extracted for; a bucket may serve several."""
    api_version: str
    """Version of Lightspeed's API whose shape the raw pages have."""
    taken: dict[int, tuple[int, ...]]
    """Page (from 0, over all raw objects) -> places of the records that the batch took of it; not there: all of
    them. The others had come with an earlier page: polls overlap."""
    last_completed_at: str | None
    """Newest completion among the batch's sales, ISO 8601, UTC."""

    def to_json(self) -> dict[str, Any]:
        """The manifest as plain JSON values."""
        return {"format": FORMAT} | dataclasses.asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Manifest:
        """The manifest that `to_json` gave.

        Raises:
            ValueError: it was written by a later version of this code.
        """
        if value["format"] != FORMAT:
            raise ValueError(f"A manifest has format {value['format']}, not {FORMAT}: deploy the newer version first.")
        return cls(
            batch=Batch.from_xcom(value["batch"]),
            dataset=value["dataset"],
            api_version=value["api_version"],
            taken={int(page): tuple(places) for page, places in value["taken"].items()},
            last_completed_at=value["last_completed_at"],
        )


@dataclasses.dataclass(frozen=True)
class Receipt:
    """That a batch was committed: its ledger row in short."""

    batch_id: str
    dataset: str
    committed_at: str
    """ISO 8601, UTC: the time of its commit, which its rows have in `ingested_at`."""


def read_json(hook: GCSHook, uri: str) -> dict[str, Any]:
    """The JSON document at `gs://…`.

    Raises:
        ValueError: it has more than `LARGEST` bytes, or is no JSON.
    """
    return json.loads(download(hook, *split(uri), LARGEST))


def write_receipt(hook: GCSHook, folder: str, receipt: Receipt) -> None:
    """Put a receipt into a batch's folder; writing it again changes nothing."""
    bucket, name = split(f"{folder}/{RECEIPT}")
    data = json.dumps(dataclasses.asdict(receipt))
    hook.upload(bucket, name, data=data, mime_type="application/json", timeout=120)


def has_receipt(hook: GCSHook, folder: str) -> bool:
    """Whether a batch's folder has a receipt."""
    return hook.exists(*split(f"{folder}/{RECEIPT}"))


def split(uri: str) -> tuple[str, str]:
    """Bucket and name of `gs://bucket/name`."""
    bucket, _, name = uri.removeprefix("gs://").partition("/")
    return bucket, name
