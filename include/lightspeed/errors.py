# ruff: noqa: N818 (an exception is named after what happened)
"""What can go wrong between us and Lightspeed, one class a cause. No message ever holds a credential."""

from __future__ import annotations


class LightspeedError(Exception):
    """Base of everything that this package raises on purpose."""


class ConfigurationError(LightspeedError):
    """The connection or the environment lacks something, or says something impossible."""


class AuthenticationFailed(LightspeedError):
    """Lightspeed does not accept the credentials, and renewing them did not help."""


class RequestRefused(LightspeedError):
    """Lightspeed answered 4xx: asking again would not help."""


class NotFound(RequestRefused):
    """Lightspeed answered 404: there is no such record, or not any more."""


class RateLimited(LightspeedError):
    """The rate limit asks for a longer wait than this client is willing to sit through."""


class ServiceUnavailable(LightspeedError):
    """Lightspeed could not be reached, or answered 429 or 5xx, until the attempts were used up."""


class UnexpectedResponse(LightspeedError):
    """An answer that is not what the API promises: HTML, truncated JSON, another version's shape."""
