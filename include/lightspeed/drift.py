"""Schema drift: fields that records have and Lightspeed does not document, or the other way round.

A sample of each page is decoded against the documented fields in one step; only a record that does not pass is
looked at field by field. A value is never kept, only its path and JSON type: values are personal data.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from include.lightspeed.documented import DOCUMENTED
from include.lightspeed.x_dated_sales import is_dated

EVERY = 8
"""One record in so many is looked at: all of them would cost a fifth of what parsing does."""
LOOKS = 2
"""Records of one page that are looked at field by field, at most."""
LIMIT = 50
"""Changes that one batch tells of, at most."""
MOST = 10 * LIMIT
"""Changes that are held, of which the first by their path are told."""
LONGEST_NAME = 60
"""Characters that are told of a new field's name."""


class Kind(enum.StrEnum):
    """What is not as documented."""

    NEW_FIELD = "new_field"
    MISSING_FIELD = "missing_field"
    CHANGED_TYPE = "changed_type"


class Change(NamedTuple):
    """One departure from what is documented."""

    path: str
    kind: str
    json_type: str
    """JSON type that was seen; empty where nothing was."""


class DriftDetector:
    """Finds the changes in the records of one stream and batch.

    Args:
        series: ``r_series`` or ``x_series``.
        stream: ``sales``, ``customers`` or ``products``.
    """

    def __init__(self, series: str, stream: str) -> None:
        self._series, self._stream = series, stream
        self._changes: dict[tuple[str, str], Change] = {}
        self._pages = 0

    def add(self, records: Sequence[msgspec.Raw]) -> None:
        """Look at a sample of a page, at other places than of the page before it; never raises."""
        looks = 0
        for raw in records[self._pages % min(EVERY, len(records) or 1) :: EVERY]:
            shape = self._shape(raw)
            try:
                decoder(self._series, shape).decode(raw)
            except (ValueError, RecursionError):
                self._look(raw, shape)
                looks += 1
            if looks >= LOOKS:
                break
        self._pages += 1

    def changes(self) -> list[Change]:
        """Return what was found, each path and kind once."""
        return sorted(self._changes.values(), key=lambda change: change[:2])[:LIMIT]

    def _shape(self, raw: msgspec.Raw) -> str:
        dated = self._series == "x_series" and self._stream == "sales" and is_dated(raw)
        return "sales of 2026-07" if dated else self._stream

    def _look(self, raw: msgspec.Raw, shape: str) -> None:
        try:
            for change in departures(msgspec.json.decode(raw), fields_of(self._series, shape)):
                self._changes.setdefault(change[:2], change)
                if len(self._changes) >= MOST:
                    return
        except (ValueError, RecursionError):
            return


class Field(NamedTuple):
    """A documented field: its JSON types by letter, and whether it has always been there."""

    types: str
    always: bool


@functools.cache
def fields_of(series: str, shape: str) -> dict[str, dict[str, Field]]:
    """Return path of an object -> its documented fields."""
    objects = {}
    for path, text in DOCUMENTED[series, shape].items():
        pairs = [field.split(":") for field in text.split()]
        objects[path] = {name: Field(types.rstrip("!"), types.endswith("!")) for name, types in pairs}
    return objects


@functools.cache
def decoder(series: str, shape: str) -> msgspec.json.Decoder:
    """Return a decoder that takes a record which is as documented, and no other."""
    return msgspec.json.Decoder(_struct(fields_of(series, shape), ""))


def departures(value: Any, objects: dict[str, dict[str, Field]], path: str = "") -> Iterator[Change]:
    """Yield every departure in a record, object by object."""
    if isinstance(value, list):
        for each in value:
            yield from departures(each, objects, path)
    if not isinstance(value, dict) or path not in objects:
        return
    fields = objects[path]
    for name in fields.keys() - value.keys():
        if fields[name].always:
            yield Change(_below(path, name), Kind.MISSING_FIELD, "")
    for name, member in value.items():
        if name not in fields:
            yield Change(_new(path, name), Kind.NEW_FIELD, _json_type(member))
        elif not _fits(member, fields[name].types):
            yield Change(_below(path, name), Kind.CHANGED_TYPE, _json_type(member))
        else:
            yield from departures(member, objects, _below(path, name))


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _new(path: str, name: str) -> str:
    """The path of a field that is not documented: whoever can name it must not write a log line of their own."""
    return _below(path, name if name.isprintable() and len(name) <= LONGEST_NAME else ascii(name)[1 : LONGEST_NAME + 1])


def _fits(value: Any, types: str) -> bool:
    return value is None or "x" in types or _json_type(value)[0] in types


def _json_type(value: Any) -> str:
    names = {str: "string", bool: "boolean", int: "number", float: "number", dict: "object", list: "array"}
    return names.get(type(value), "null")


def _struct(objects: dict[str, dict[str, Field]], path: str) -> type[msgspec.Struct]:
    fields: list[tuple[str, Any, Any]] = []
    rename = {}
    for at, (name, field) in enumerate(objects[path].items()):
        kind: Any = msgspec.Raw if "x" in field.types else _type(objects, _below(path, name), field.types)
        rename[f"f{at}"] = name
        fields.append((f"f{at}", kind, msgspec.field() if field.always else msgspec.field(default=None)))
    return msgspec.defstruct("Documented", fields, rename=rename, forbid_unknown_fields=True, gc=False, kw_only=True)


def _type(objects: dict[str, dict[str, Field]], path: str, types: str) -> Any:
    member: Any = _struct(objects, path) if path in objects else str
    kinds: dict[str, Any] = {"s": str, "n": float, "b": bool, "o": member, "a": list[member]}
    union: Any = None
    for letter in types:
        union = kinds[letter] | union if union else kinds[letter] | None
    return union
