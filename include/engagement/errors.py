# ruff: noqa: N818 (an exception is named after what happened)
"""What can go wrong between us and the sources of engagement. No message ever holds a credential or a message."""

from __future__ import annotations


class EngagementError(Exception):
    """Base of everything that this package raises on purpose."""


class NotConfigured(EngagementError):
    """The deployment has not connected this source; nothing is wrong."""


class ConfigurationError(EngagementError):
    """The source is connected, but its settings lack something, or say something impossible."""


class SourceRefused(EngagementError):
    """The source answered that it will not: asking again would not help."""


class SourceUnavailable(EngagementError):
    """The source could not be reached, or its quota was used up, until the attempts were used up."""
