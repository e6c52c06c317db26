"""Objects of the landing bucket, read up to a limit: what lies there may be anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.providers.google.cloud.hooks.gcs import GCSHook

MIB = 1024 * 1024


def download(hook: GCSHook, bucket: str, name: str, largest: int) -> bytes:
    """The content of an object, in one request that asks for no more than is allowed.

    Google's client compares no checksum of a part: gzip and model versions bring their own.

    Raises:
        ValueError: the object has more than `largest` bytes.
        google.cloud.exceptions.NotFound: there is no such object.
    """
    blob = hook.get_conn().bucket(bucket).blob(name)
    data = blob.download_as_bytes(end=largest, timeout=120)
    if len(data) > largest:
        raise ValueError(
            f"gs://{bucket}/{name} has more than {largest / MIB:.0f} MiB: no object of ours is that large, so see who "
            "has written it."
        )
    return data
