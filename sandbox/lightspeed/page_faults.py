"""Faults inside a page: rows that are missing, doubled, out of order or not yet visible, and pages that come again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE_KINDS: Final = frozenset({"fewer", "duplicated", "reordered", "repeated", "late"})
_META: Final = frozenset({"@attributes"})
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])


class Page:
    """The rows of an answer of either series, byte for byte, and the answer around them."""

    def __init__(self, body: bytes) -> None:
        self.content = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        names = [name for name in self.content if name not in _META]
        self.name = "data" if "data" in self.content else (names[0] if names else "")
        rows = bytes(self.content.get(self.name, b"[]"))
        self.rows = _LIST.decode(rows) if rows.startswith(b"[") else [msgspec.Raw(rows)]

    @property
    def is_last(self) -> bool:
        """Whether no page follows, as far as the answer tells; a row that is left out elsewhere would leave a gap."""
        return b'"next":""' in bytes(self.content.get("@attributes", b'"next":""'))

    def encoded(self) -> bytes:
        """The answer with the present rows, one alone as a bare object in R-Series."""
        if self.name == "data":
            self.content["data"] = msgspec.Raw(msgspec.json.encode(self.rows))
        elif self.rows:
            one = self.rows[0] if len(self.rows) == 1 else msgspec.Raw(msgspec.json.encode(self.rows))
            self.content[self.name] = one
        else:
            self.content.pop(self.name, None)
        return msgspec.json.encode(self.content)


def identity(row: msgspec.Raw) -> str:
    """What a row is known by: its id in either series."""
    fields = msgspec.json.decode(row, type=dict[str, Any])
    return str(next((fields[name] for name in ("id", "saleID", "customerID", "itemID") if name in fields), ""))


def _version(row: msgspec.Raw) -> int:
    fields = msgspec.json.decode(row, type=dict[str, Any])
    return fields["version"] if "version" in fields else fields["_metadata"]["version"]


def fewer(page: Page) -> None:
    """Lose the last row; what the page says of itself stays."""
    page.rows = page.rows[:-1]


def duplicated(page: Page) -> None:
    """Show each row twice."""
    page.rows = [row for row in page.rows for _ in range(2)]


def reordered(page: Page) -> None:
    """Turn the rows round."""
    page.rows = page.rows[::-1]


def without(page: Page, hidden: str) -> None:
    """Leave out one row, as if it were not visible yet; an X-Series page then announces what it holds."""
    page.rows = [row for row in page.rows if identity(row) != hidden]
    if page.name == "data" and "version" in page.content:
        versions = [_version(row) for row in page.rows]
        ends = {"min": min(versions, default=None), "max": max(versions, default=None)}
        page.content["version"] = msgspec.Raw(msgspec.json.encode(ends))


SHAPES: Final[dict[str, Callable[[Page], None]]] = {
    "fewer": fewer,
    "duplicated": duplicated,
    "reordered": reordered,
}
