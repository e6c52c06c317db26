"""Where a list goes on, as an opaque text that belongs to the list's filters."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from decimal import Decimal, InvalidOperation

from .schemas import CUSTOMER_ID_PATTERN

LONGEST = 300
"""Characters of the longest cursor."""

_NUMERIC_LIMIT = Decimal(10) ** 29


class InvalidCursorError(ValueError):
    """The text is no cursor of this list."""


@dataclasses.dataclass(frozen=True)
class Position:
    """The last customer of a page: a list is ordered by money spent, highest first, then by id."""

    spent: Decimal
    customer_id: str


def encode(position: Position, filters: str) -> str:
    """The cursor after `position` in the list with these filters."""
    parts = [str(position.spent), position.customer_id, _digest(filters)]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def decode(cursor: str, filters: str) -> Position:
    """The position that a cursor stands for.

    Raises:
        InvalidCursorError: it was not made by `encode`, or for other filters.
    """
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        spent, customer_id, digest = (str(part) for part in parts)
        position = Position(Decimal(spent), customer_id)
    except (ValueError, TypeError, InvalidOperation) as error:
        raise InvalidCursorError("is not a next_cursor of this list") from error
    if digest != _digest(filters):
        raise InvalidCursorError("belongs to a list with other filters")
    if encode(position, filters) != cursor or not _fits(position):
        raise InvalidCursorError("is not a next_cursor of this list")
    return position


def _fits(position: Position) -> bool:
    """Whether BigQuery takes the values: a NUMERIC, and an id of the form that the API asks for."""
    is_id = re.fullmatch(CUSTOMER_ID_PATTERN, position.customer_id)
    return bool(is_id) and position.spent.is_finite() and abs(position.spent) < _NUMERIC_LIMIT


def _digest(filters: str) -> str:
    return hashlib.sha256(filters.encode()).hexdigest()[:16]
