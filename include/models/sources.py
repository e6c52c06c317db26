"""The sources of behaviour beside purchases, and which of them a deployment has connected."""

from __future__ import annotations

import dataclasses


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
