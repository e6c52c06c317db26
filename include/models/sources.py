"""The sources of behaviour beside purchases, and which of them a deployment has connected."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.settings import Settings


@dataclasses.dataclass(frozen=True)
class Sources:
    """Which sources count; what is not connected is unknown, never zero."""

    email: bool = False
    content: bool = False
    social: bool = False

    def __bool__(self) -> bool:
        """Whether there is any."""
        return self.email or self.content or self.social


NONE = Sources()
ALL = Sources(email=True, content=True, social=True)

FEATURES = ("email_", "content_", "social_")
"""Beginnings of the features that come from a source other than purchases."""


def connected(settings: Settings) -> Sources:
    """What this deployment has connected, as `engagement_to_bigquery` sees it.

    A source that was connected once and is not any more does not count, whatever its table still holds.
    """
    return Sources(
        email=_has_connection(settings.gmail_conn_id),
        content=bool(settings.ga4_dataset),
        social=_has_connection(settings.meta_conn_id),
    )


def _has_connection(conn_id: str) -> bool:
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        Connection.get(conn_id)
    except AirflowNotFoundException:
        return False
    return True
