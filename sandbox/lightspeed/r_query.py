"""R-Series query parameters (operators, sort, opaque cursors, ``load_relations``) as SQL clauses."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import msgspec

from sandbox.lightspeed.records import MICROS, to_us

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_LIMIT: Final = 100
_MAX_IN: Final = 100
_OPERATORS: Final = ("><", ">=", "<=", "!=", "!~", ">", "<", "~", "=", "IN")
_SQL_OPERATORS: Final = {
    "=": "= ?",
    "!=": "<> ?",
    ">": "> ?",
    ">=": ">= ?",
    "<": "< ?",
    "<=": "<= ?",
    "~": "LIKE ?",
    "!~": "NOT LIKE ?",
}


class QueryError(Exception):
    """A parameter that the API refuses with 400; the message says which and why."""


@dataclass(frozen=True)
class Column:
    """A filterable field: its SQL expression, how text becomes its value, and how a record holds it."""

    expression: str
    convert: Callable[[str], Any]
    read: Callable[[Any], Any]


@dataclass(frozen=True)
class Resource:
    """One R-Series resource: its fields, what it may be sorted by, and its relations."""

    name: str
    key: str
    columns: dict[str, Column]
    sortable: tuple[str, ...]
    relations: tuple[str, ...] = ()
    archivable: bool = False


@dataclass
class Query:
    """A parsed list request."""

    where: list[str] = field(default_factory=list)
    parameters: list[Any] = field(default_factory=list)
    sort: str = ""
    descending: bool = False
    limit: int = MAX_LIMIT
    backwards: bool = False
    has_cursor: bool = False
    relations: frozenset[str] = frozenset()
    count: bool = False

    def tail(self, resource: Resource) -> tuple[str, list[Any]]:
        """What follows FROM in the statement (one row more than the page), and its parameters."""
        where = f"WHERE {' AND '.join(self.where)}" if self.where else ""
        way = "DESC" if self.descending != self.backwards else "ASC"
        key, column = resource.columns[resource.key].expression, resource.columns[self.sort].expression
        order = f"ORDER BY {key} {way}" if key == column else f"ORDER BY {column} {way}, {key} {way}"
        return f"{where} {order} LIMIT ?", [*self.parameters, self.limit + 1]


def whole(text: str) -> int:
    """An id or a number.

    Raises:
        QueryError: It is no integer.
    """
    try:
        return int(text)
    except ValueError:
        raise QueryError(f"'{text}' is not a valid integer") from None


def boolean(text: str) -> int:
    """``true`` or ``false`` (also 1 or 0) as 1 or 0."""
    return int(text.lower() in {"true", "1"})


def moment_us(text: str) -> int:
    """A time with an offset (``-00:00`` or ``-0000``) as microseconds; a bare one is UTC.

    Raises:
        QueryError: It is no time; a literal ``+`` that was not encoded arrives as a space.
    """
    try:
        moment = datetime.fromisoformat(text)
        return to_us(moment if moment.tzinfo else datetime.fromisoformat(f"{text}+00:00"))
    except ValueError:
        raise QueryError(f"'{text}' is not a valid date: YYYY-MM-DDTHH:MM:SS-00:00 is expected") from None


def moment_s(text: str) -> int:
    """A time in whole seconds since the epoch."""
    return moment_us(text) // MICROS


def parse_relations(text: str | None, resource: Resource) -> list[str]:
    """The relations of ``load_relations``: ``all`` or a JSON array of names.

    Raises:
        QueryError: It is neither, or names an unknown relation.
    """
    if not text:
        return []
    if text == "all":
        return list(resource.relations)
    try:
        names = msgspec.json.decode(text, type=list[str])
    except msgspec.MsgspecError:
        raise QueryError("load_relations must be a JSON array of relation names, or all") from None
    unknown = [name for name in names if name not in resource.relations]
    if unknown:
        raise QueryError(f"{resource.name} has no relation {unknown[0]}; it has {', '.join(resource.relations)}")
    return names


def parse_query(query: Mapping[str, str], resource: Resource) -> Query:
    """Read the parameters of a list request.

    Raises:
        QueryError: A parameter is unknown, malformed, or one that V3 removed (``offset``, ``orderby``).
    """
    for removed in ("offset", "orderby", "orderby_desc"):
        if removed in query:
            raise QueryError(f"The parameter {removed} is not supported in V3: use sort, after and before")
    parsed = Query(relations=frozenset(parse_relations(query.get("load_relations"), resource)))
    parsed.limit = _limit(query.get("limit"))
    parsed.count = query.get("count") == "1"
    if parsed.count and {"after", "before", "limit", "sort"} & set(query):
        raise QueryError("count cannot be combined with after, before, limit or sort")
    _read_sort(parsed, query.get("sort"), resource)
    _read_archived(parsed, query.get("archived", "false"), resource)
    reserved = {"after", "before", "archived", "count", "limit", "load_relations", "sort", "or"}
    for name, text in query.items():
        if name not in reserved:
            _add_filter(parsed, _column(name, resource), text)
    if "or" in query:
        _add_alternatives(parsed, query["or"], resource)
    _read_cursor(parsed, query, resource)
    return parsed


def _limit(text: str | None) -> int:
    limit = MAX_LIMIT if text is None else whole(text)
    if not 0 <= limit <= MAX_LIMIT:
        raise QueryError(f"limit must be between 0 and {MAX_LIMIT}")
    return limit


def _read_sort(parsed: Query, text: str | None, resource: Resource) -> None:
    parsed.sort = (text or resource.key).removeprefix("-")
    parsed.descending = (text or "").startswith("-")
    if parsed.sort not in resource.sortable:
        raise QueryError(f"Cannot sort by {parsed.sort}; allowed: {', '.join(resource.sortable)}")


def _read_archived(parsed: Query, text: str, resource: Resource) -> None:
    if text not in {"true", "false", "only"}:
        raise QueryError("archived must be true, false or only")
    if resource.archivable and text != "true":
        parsed.where.append("is_archived = ?")
        parsed.parameters.append(int(text == "only"))


def _column(name: str, resource: Resource) -> Column:
    if name in resource.columns:
        return resource.columns[name]
    if "." in name:
        raise QueryError(f"The simulator cannot filter by a relation's field ({name})")
    raise QueryError(f"{resource.name} has no field {name} to filter by")


def _add_filter(parsed: Query, column: Column, text: str) -> None:
    clause, parameters = _clause(column, text)
    parsed.where.append(clause)
    parsed.parameters.extend(parameters)


def _clause(column: Column, text: str) -> tuple[str, list[Any]]:
    operator, value = _split(text)
    if operator == "><":
        low, _, high = value.partition(",")
        return f"{column.expression} BETWEEN ? AND ?", [column.convert(low), column.convert(high)]
    if operator == "IN":
        members = [part.strip().strip("\"'") for part in value.strip("[]").split(",") if part.strip()]
        if not 0 < len(members) <= _MAX_IN:
            raise QueryError(f"IN takes 1 to {_MAX_IN} values")
        return f"{column.expression} IN ({', '.join('?' * len(members))})", [column.convert(m) for m in members]
    converted = value if "~" in operator else column.convert(value)
    return f"{column.expression} {_SQL_OPERATORS[operator]}", [converted]


def _split(text: str) -> tuple[str, str]:
    for operator in _OPERATORS:
        if text.startswith(f"{operator},"):
            return operator, text[len(operator) + 1 :]
    return "=", text


def _add_alternatives(parsed: Query, text: str, resource: Resource) -> None:
    clauses = []
    for operand in text.split("|"):
        name, found, value = unquote(operand).partition("=")
        if not found:
            raise QueryError("or takes field=value pairs joined by |")
        clause, parameters = _clause(_column(name, resource), value)
        clauses.append(clause)
        parsed.parameters.extend(parameters)
    parsed.where.append(f"({' OR '.join(clauses)})")


def _read_cursor(parsed: Query, query: Mapping[str, str], resource: Resource) -> None:
    parsed.backwards = "before" in query
    text = query.get("before") or query.get("after")
    if not text:
        return
    parsed.has_cursor = True
    values = decode_cursor(text)
    key, column = resource.columns[resource.key].expression, resource.columns[parsed.sort].expression
    way = "<" if parsed.descending != parsed.backwards else ">"
    expected = 1 if key == column else 2
    if len(values) != expected:
        raise QueryError("The cursor does not belong to this sort order")
    if expected == 1:
        parsed.where.append(f"{key} {way} ?")
        parsed.parameters.extend(values)
        return
    # SQLite seeks an index on an expression only for the plain comparison.
    parsed.where.append(f"{column} {way}= ? AND ({column}, {key}) {way} (?, ?)")
    parsed.parameters.extend([values[0], *values])


def encode_cursor(values: list[Any]) -> str:
    """An opaque cursor: the sort values of a row as base64 of a JSON array (``[100]`` -> ``WzEwMF0=``)."""
    return base64.b64encode(msgspec.json.encode(values)).decode()


def decode_cursor(text: str) -> list[Any]:
    """The sort values in a cursor.

    Raises:
        QueryError: It is no cursor of this API.
    """
    try:
        return msgspec.json.decode(base64.b64decode(text, validate=True), type=list[int | float | str])
    except (binascii.Error, msgspec.MsgspecError, ValueError):
        raise QueryError("The cursor is invalid: follow the next and previous addresses as they are") from None
