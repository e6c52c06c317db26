"""If-None-Match, as RFC 9110 compares it: weakly, `*` matches any."""

from __future__ import annotations

import re

_TAG = re.compile(r'(?:W/)?("[^"]*")')


def is_known(etag: str, if_none_match: str | None) -> bool:
    """Whether the header names the entity tag."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag in _TAG.findall(if_none_match)
