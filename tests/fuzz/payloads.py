"""Strategies for the payloads of both API series: as documented, odd in a few places, and odd throughout."""

from __future__ import annotations

import functools
from typing import Any

from hypothesis import strategies as st

from include.lightspeed.documented import DOCUMENTED
from tests.fuzz import odd_values
from tests.fuzz.odd_values import NUMBER, NUMBERS, STATUSES, TEXTS, TIMES, encode
from tests.fuzz.seeds import OPEN, SECRET, SEEDS, Record

SHAPES = [(series, shape.partition(" ")[0], shape) for series, shape in DOCUMENTED]
"""Series, stream, and the name of the documented shape."""

number = st.sampled_from([NUMBER + text for text in NUMBERS])
plain = st.one_of(st.none(), st.booleans(), number, st.sampled_from(TEXTS + TIMES), st.integers(), st.text(max_size=8))
nested = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner), max_leaves=6
)
odd = st.one_of(plain, nested)


@functools.cache
def _field(name: str, types: str, series: str) -> st.SearchStrategy[Any]:
    """A value that fits a documented field, most of the time."""
    return st.one_of(*[_right(name, types, series)] * 7, st.none(), odd)


def _right(name: str, types: str, series: str) -> st.SearchStrategy[Any]:
    lower = name.lower()
    if "n" in types:
        amounts = st.decimals(-1000, 1000, places=2).map(lambda amount: f"{NUMBER}{amount}")
        return st.integers(0, 2**63 - 1) if name == "version" else amounts
    if "b" in types:
        return st.booleans()
    if "s" not in types:
        return nested
    if lower.endswith(("time", "stamp", "_at", "date", "dob")) or name == "date_of_birth":
        return st.sampled_from(TIMES[:3])
    if name in {"status", "state"}:
        return st.sampled_from(STATUSES if name == "status" else ["parked", "pending", "voided", "closed", SECRET])
    if series == "r_series" and name in {"completed", "voided", "archived", "isTaxInclusive", "noEmail", "tax"}:
        return st.sampled_from(["true", "true", "false"])
    if series == "r_series" and (lower.startswith(("calc", "unit", "change")) or lower in {"amount", "defaultcost"}):
        return st.decimals(-1000, 1000, places=4).map(str)
    if name.endswith("ID") or name == "id" or name.endswith("_id"):
        return st.integers(0, 40).map(str)
    return st.sampled_from(TEXTS)


def _object(series: str, shape: str, path: str) -> st.SearchStrategy[Record]:
    fields = [field.split(":") for field in DOCUMENTED[series, shape][path].split()]
    always, sometimes = {}, {}
    for name, types in fields:
        chosen = always if types.endswith("!") else sometimes
        chosen[name] = _member(series, shape, f"{path}.{name}" if path else name, name, types.rstrip("!"))
    # Of the fields that may be absent a few are drawn: the others say nothing to the parsers.
    return st.fixed_dictionaries(always, optional=dict(list(sometimes.items())[:12]))


def _member(series: str, shape: str, path: str, name: str, types: str) -> st.SearchStrategy[Any]:
    if path not in DOCUMENTED[series, shape]:
        return _field(name, types, series)
    one = st.deferred(lambda: _object(series, shape, path))
    kinds: list[st.SearchStrategy[Any]] = [st.lists(one, max_size=3)] * 3 if "a" in types else []
    kinds += [one] * 3 if "o" in types else []
    return st.one_of(*kinds, odd if "x" in types else st.sampled_from(["", None]), odd)


@functools.cache
def documented(series: str, shape: str) -> st.SearchStrategy[Record]:
    """Records with the fields that Lightspeed documents."""
    return _object(series, shape, "")


CHANGES = st.lists(
    st.tuples(st.integers(0, 10_000), st.sampled_from(["put", "put", "put", "remove", "rename", "double"]), odd),
    max_size=4,
)


def altered(series: str, stream: str) -> st.SearchStrategy[Record]:
    """Whole records, odd in up to four places."""
    whole = [seed for own, kind, seed in SEEDS + OPEN if (own, kind) == (series, stream)]
    return st.builds(odd_values.changed, st.sampled_from(whole), CHANGES)


@st.composite
def pages(draw: st.DrawFn, most: int = 6) -> tuple[str, str, list[bytes]]:
    """Series, stream, and the records of a page; an id may come twice."""
    series, stream, shape = draw(st.sampled_from(SHAPES))
    kind = st.one_of(altered(series, stream), altered(series, stream), documented(series, shape))
    return series, stream, draw(st.lists(kind.map(encode), min_size=1, max_size=most))


@st.composite
def answers(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """Series, stream, and the bytes of an answer: a page in its envelope, cut, spliced or something else."""
    series, stream, bodies = draw(pages(most=3))
    name = {"sales": "Sale", "customers": "Customer", "products": "Item"}[stream]
    records = b"[" + b",".join(bodies) + b"]"
    whole = draw(
        st.sampled_from(
            [
                b'{"data":' + records + b',"version":{"min":2691964626,"max":2691964626}}',
                b'{"data":' + bodies[0] + b"}",
                b'{"@attributes":{"next":"","previous":""},"' + name.encode() + b'":' + records + b"}",
                b'{"@attributes":{"next":""},"' + name.encode() + b'":' + bodies[0] + b"}",
            ]
        )
    )
    at, size, put = draw(st.tuples(st.integers(0, len(whole)), st.integers(0, 40), st.binary(max_size=12)))
    cut = draw(st.sampled_from(["whole", "whole", "splice", "cut", "noise"]))
    made = {"whole": whole, "splice": whole[:at] + put + whole[at + size :], "cut": whole[:at], "noise": put}
    return series, stream, made[cut]
