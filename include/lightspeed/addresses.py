"""Addresses that credentials are sent to: https, and no part in which a second host or a password could hide."""

from __future__ import annotations

import re

from include.lightspeed.errors import ConfigurationError

_BASE = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?")
_PATH = re.compile(r"(/[A-Za-z0-9._~/-]*)?")
_LOOPBACK = re.compile(r"http://(localhost|127(\.\d{1,3}){3})(:\d+)?")


def base_url(url: str, what: str) -> str:
    """Return an address of scheme, host and perhaps port, without a slash at its end.

    Args:
        url: the address as it was configured.
        what: what the address is of, for the message.

    Raises:
        ConfigurationError: it has anything else, or it is not https. Only this very machine may be asked over
            http: what goes there passes no network.
    """
    url = url.rstrip("/")
    if not _BASE.fullmatch(url):
        raise ConfigurationError(f"{what} must be https://host or https://host:port, without path or password.")
    if not url.startswith("https://") and not _LOOPBACK.fullmatch(url):
        raise ConfigurationError(f"{what} must begin with https://: over http anybody on the way reads the token.")
    return url


def endpoint(url: str, what: str) -> str:
    """Return an address that may also have a path; arguments and errors as in ``base_url``."""
    base = _BASE.match(url)
    if not base or not _PATH.fullmatch(url[base.end() :]):
        raise ConfigurationError(f"{what} must be https://host/path, without password, query or fragment.")
    base_url(base[0], what)
    return url
