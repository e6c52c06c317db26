"""A landing bucket in memory, with batches in it."""

from __future__ import annotations

import dataclasses
import gzip
import json
from types import SimpleNamespace
from typing import Any

from include.landing.batch import Batch
from include.landing.manifest import NAME, RECEIPT, Manifest, split
from tests.landing.test_batch import make_batch

Names = list[str]
Pages = list[list[dict[str, Any]]]
BUCKET = "landing"
START = "2026-03-02T10:00:{:02d}+00:00"


class Bucket:
    """What the replay asks of the Cloud Storage hook."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.uploads = 0
        self.asked: list[int] = []

    def download(self, bucket: str, name: str) -> bytes:
        assert bucket == BUCKET
        return self.objects[name]

    def exists(self, bucket: str, name: str) -> bool:
        return name in self.objects

    def list(self, bucket: str, prefix: str) -> Names:
        return [name for name in self.objects if name.startswith(prefix)]

    def delete(self, bucket: str, name: str, ignore_error: bool) -> None:
        self.objects.pop(name, None)

    def upload(self, bucket: str, name: str, data: bytes | str, **_: Any) -> None:
        self.uploads += 1
        self.objects[name] = data.encode() if isinstance(data, str) else data

    def get_conn(self) -> Any:
        def read(bucket: str, name: str, end: int) -> bytes:
            self.asked.append(end)
            return self.download(bucket, name)[: end + 1]

        def blob(bucket: str, name: str) -> Any:
            return SimpleNamespace(download_as_bytes=lambda end, timeout: read(bucket, name, end))

        def list_blobs(bucket: str, prefix: str, fields: str) -> Any:
            return [SimpleNamespace(name=name) for name in self.list(bucket, prefix)]

        return SimpleNamespace(
            list_blobs=list_blobs,
            bucket=lambda bucket: SimpleNamespace(blob=lambda name: blob(bucket, name)),
        )

    def land(
        self,
        number: int,
        *,
        attempt: str = "a",
        receipt: bool = True,
        cursor_to: str | None = None,
        pages: Pages | None = None,
        taken: dict[int, tuple[int, ...]] | None = None,
        **changes: Any,
    ) -> Batch:
        """Put a batch of customers of X-Series with its manifest, and its receipt, into the bucket."""
        batch_id = f"customers_{number:08d}_{attempt}"
        folder = f"lightspeed/customers/dt=2026-03-02/batch={batch_id}"
        pages = pages or [[]]
        batch = make_batch(
            batch_id=batch_id,
            stream="customers",
            batch_number=number,
            cursor_from=str(number - 1) if number > 1 else None,
            cursor_to=cursor_to or str(number),
            raw_uris=[f"gs://{BUCKET}/{folder}/raw-00000.jsonl.gz"],
            pages=len(pages),
            extract_started_at=START.format(number),
            extract_ended_at=START.format(number),
        )
        batch = dataclasses.replace(batch, **changes)
        lines = b"".join(json.dumps({"data": page}).encode() + b"\n" for page in pages)
        self.objects[f"{folder}/raw-00000.jsonl.gz"] = gzip.compress(lines)
        manifest = Manifest(batch, "shop", "2.0", taken or {}, None)
        self.objects[f"{folder}/{NAME}"] = json.dumps(manifest.to_json()).encode()
        if receipt:
            told = {"batch_id": batch_id, "dataset": "shop", "committed_at": START.format(number + 1)}
            self.objects[f"{folder}/{RECEIPT}"] = json.dumps(told).encode()
        return batch

    def forget(self, batch: Batch, name: str) -> None:
        del self.objects[split(f"{batch.folder}/{name}")[1]]
