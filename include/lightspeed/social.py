"""Social handles that a shop has written down at a customer: in a custom field, or as the customer's website."""

from __future__ import annotations

import re
from collections.abc import Iterable

_HANDLE = r"@?(?P<handle>[A-Za-z0-9._]{1,100})"
_PATTERNS = tuple(
    re.compile(rf"(?i)\b(?:{names})(?:\.com/(?:profile\.php\?id=)?|\s*[:=]\s*){_HANDLE}")
    for names in ("instagram|ig", "facebook|fb")
)


def social_handles(texts: Iterable[object]) -> tuple[str | None, str | None]:
    """The Instagram and the Facebook handle that the texts name, each None if none does.

    A text names a handle as an address (`https://www.instagram.com/ada`) or with the platform before it
    (`Instagram: @ada`, `fb=100042`). A text that only looks like a handle names none.

    Args:
        texts: values of free fields; what is no text is passed over.
    """
    filled = [text for text in texts if isinstance(text, str)]
    found = [next((match for text in filled if (match := pattern.search(text))), None) for pattern in _PATTERNS]
    instagram, facebook = (match["handle"].rstrip(".") or None if match else None for match in found)
    return instagram, facebook
