"""A landing bucket in memory that keeps generations and honours their preconditions, as Cloud Storage does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from google.api_core.exceptions import NotFound, PreconditionFailed

BUCKET = "landing"
LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Blob:
    """One object as a client sees it: of the generation that it was when it was looked up."""

    content_type = "application/gzip"
    updated = LONG_AGO

    def __init__(self, bucket: Bucket, name: str, generation: int) -> None:
        self.bucket, self.name, self.generation = bucket, name, generation

    def download_as_bytes(self, if_generation_match: int, **_: Any) -> bytes:
        self._check(if_generation_match)
        return self.bucket.objects[self.name][1]

    def upload_from_string(self, content: bytes, content_type: str, if_generation_match: int, **_: Any) -> None:
        assert content_type == self.content_type
        self.bucket.before_upload(self.name)
        self._check(if_generation_match)
        self.bucket.put(self.name, content)

    def delete(self) -> None:
        self.bucket.old.remove((self.name, self.generation))

    def _check(self, generation: int) -> None:
        if self.name not in self.bucket.objects:
            raise NotFound(self.name)
        if self.bucket.objects[self.name][0] != generation:
            raise PreconditionFailed(self.name)


class Bucket:
    """What `Store` asks of the Cloud Storage hook."""

    soft_delete_policy = SimpleNamespace(retention_duration_seconds=0)

    def __init__(self, versioning_enabled: bool = False) -> None:
        self.objects: dict[str, tuple[int, bytes]] = {}
        self.old: list[tuple[str, int]] = []
        self.versioning_enabled = versioning_enabled
        self.uploads = 0
        self.before_upload: Callable[[str], None] = lambda name: None

    def put(self, name: str, content: bytes) -> None:
        generation = self.objects[name][0] if name in self.objects else 0
        if generation and self.versioning_enabled:
            self.old.append((name, generation))
        self.objects[name] = generation + 1, content
        self.uploads += 1

    def get_conn(self) -> Any:
        return SimpleNamespace(bucket=lambda name: self)

    def reload(self) -> None: ...

    def get_blob(self, name: str) -> Blob | None:
        return Blob(self, name, self.objects[name][0]) if name in self.objects else None

    def list_blobs(self, prefix: str = "", versions: bool = False, fields: str = "") -> list[Blob]:
        found = [Blob(self, name, generation) for name, (generation, _) in self.objects.items()]
        found += [Blob(self, *each) for each in self.old] if versions else []
        return [blob for blob in found if blob.name.startswith(prefix)]
