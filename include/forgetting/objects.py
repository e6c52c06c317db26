"""Objects of the landing bucket: rewritten without the people who were forgotten, or searched for one of them.

An object is rewritten under the condition that it is still the one that was read (its generation): of two that
rewrite it at once one reads again, and a kill leaves the old object or the new one, never a part.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from include.forgetting import contents

if TYPE_CHECKING:
    import datetime as dt

    from airflow.providers.google.cloud.hooks.gcs import GCSHook

    from include.forgetting.people import Forgotten

log = logging.getLogger(__name__)

CASES = "forgetting/"
"""Folder of the requests that are being worked on."""

ATTEMPTS = 5

Redact = Callable[[str, bytes, "Forgotten"], bytes]

REWRITERS: dict[str, Redact] = {
    "*/raw-*.jsonl.gz": contents.redact_pages,
    "*/rejected.parquet": contents.redact_rejected,
    "*.parquet": contents.redact_rows,
    "*.json": contents.redact_document,
}
"""Names of objects -> what takes people out of them; the first that fits. Others hold no rows."""


@dataclasses.dataclass(frozen=True)
class Store:
    """The landing bucket.

    Args:
        hook: Cloud Storage hook.
        bucket: name of the landing bucket.
    """

    hook: GCSHook
    bucket: str

    def names(self, prefix: str = "", since: dt.datetime | None = None) -> list[str]:
        """Names of all objects below a prefix, sorted, those of requests left out.

        Args:
            prefix: how the names begin.
            since: only objects that were written at or after this time.
        """
        blobs = self._bucket().list_blobs(prefix=prefix, fields="items(name,updated),nextPageToken")
        return sorted(
            blob.name
            for blob in blobs
            if not blob.name.startswith(CASES) and (since is None or blob.updated is None or blob.updated >= since)
        )

    def read(self, name: str) -> bytes | None:
        """Content of an object; None when it is gone."""
        blob = self._bucket().get_blob(name)
        return None if blob is None else self._content(blob)

    def redact(self, name: str, forgotten: Forgotten) -> bool:
        """Take everybody who was forgotten out of an object; returns whether it changed.

        Raises:
            RuntimeError: something else kept changing the object.
        """
        rewriter = next((each for pattern, each in REWRITERS.items() if fnmatch.fnmatch(name, pattern)), None)
        if rewriter is None:
            return False
        for _ in range(ATTEMPTS):
            blob = self._bucket().get_blob(name)
            content = None if blob is None else self._content(blob)
            if blob is None or content is None:
                return False
            redacted = rewriter(name, content, forgotten)
            if redacted == content:
                return False
            if self._replace(blob, redacted):
                self._drop_old_versions(name)
                return True
        raise RuntimeError(
            f"gs://{self.bucket}/{name} changed {ATTEMPTS} times while it was rewritten: clear the task."
        )

    def warnings(self) -> list[str]:
        """What keeps copies of rewritten objects for a while, in sentences."""
        bucket = self._bucket()
        bucket.reload()
        seconds = getattr(bucket.soft_delete_policy, "retention_duration_seconds", 0) or 0
        if not seconds:
            return []
        return [
            f"gs://{self.bucket} keeps overwritten objects for {seconds / 86_400:.1f} days (soft delete): set its "
            "soft_delete_policy to 0, as deploy/terraform/data.tf does."
        ]

    def write(self, name: str, content: str) -> None:
        """Put a JSON document under a name."""
        self.hook.upload(self.bucket, name, data=content, mime_type="application/json", timeout=120)

    def remove(self, name: str) -> None:
        """Remove an object, if it is there, with its older versions."""
        self.hook.delete(self.bucket, name, ignore_error=True)
        self._drop_old_versions(name)

    def _bucket(self) -> Any:
        return self.hook.get_conn().bucket(self.bucket)

    def _content(self, blob: Any) -> bytes | None:
        from google.api_core.exceptions import NotFound, PreconditionFailed

        try:
            return blob.download_as_bytes(if_generation_match=blob.generation, raw_download=True, timeout=120)
        except (NotFound, PreconditionFailed):
            return None

    def _replace(self, blob: Any, content: bytes) -> bool:
        from google.api_core.exceptions import NotFound, PreconditionFailed

        generation = blob.generation
        try:
            blob.upload_from_string(content, blob.content_type, if_generation_match=generation, timeout=120)
        except (NotFound, PreconditionFailed):
            return False
        return True

    def _drop_old_versions(self, name: str) -> None:
        bucket = self._bucket()
        bucket.reload()
        if not bucket.versioning_enabled:
            return
        current = bucket.get_blob(name)
        for version in bucket.list_blobs(prefix=name, versions=True):
            if version.name == name and (current is None or version.generation != current.generation):
                version.delete()


def folder_of(name: str) -> str:
    """The folder that a proof counts an object under: the first two parts of its name."""
    return "/".join(name.split("/")[:-1][:2]) or "."


def count_by_folder(names: Sequence[str]) -> dict[str, int]:
    """Folder -> number of objects."""
    counts: dict[str, int] = {}
    for name in names:
        counts[folder_of(name)] = counts.get(folder_of(name), 0) + 1
    return counts
