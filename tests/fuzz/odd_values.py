"""Odd values, and odd places to put them: what both kinds of fuzzing change records with. Needs nothing but Python."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from tests.fuzz.seeds import SECRET, TIME, Record

NUMBER = "\ue000#"
"""Before a text that stands for a JSON number, which Python could not write itself."""
NUMBERS = [
    *("0", "-0", "1", "-1", "0.1", "4.30435", "11.4860025", "1e3", "-2.5E-7", "99999999999999999999999999999"),
    *("99999999999999999999999999999.9999999999", "1e29", "1e38", "1e999999", "-1e999999", "1e-999999", "1" * 400),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775809", "1e999999999999999999", "0." + "3" * 500),
    *("1e-999999999", "0e-10000000"),  # without care these end the process
]
TIMES = [
    *(TIME, "2014-09-18T03:37:56+02:00", "2026-11-24T11:00:01Z", "0001-01-01T00:00:00+23:59", "2026-02-30T00:00:00Z"),
    *("9999-12-31T23:59:59-23:59", "1969-12-31T23:59:59Z", "2026-11-24T11:00:01", "2026-11-24", "", "0000-00-00"),
    *("2016-12-31T23:59:60Z", "2026-11-24T11:00:01.123456789Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
]
TEXTS = [
    *("", "0", "1", "c1", SECRET, f"Ada {SECRET}", "CLOSED", "VOIDED", "SAVED", "voided", "closed", "true", "false"),
    *("'; DROP TABLE sales; --", "\x00", "\r\nALERT", "\x1b[2J", "=1+1", "../../x", "\u202e", "\U0001f600", "x" * 3000),
    *("NaN", "Infinity", "-1e-400", "1e999999999", "null", "{}", "Default", "Primary", "cash"),
]
STATUSES = [
    *("CLOSED", "ONACCOUNT", "ONACCOUNT_CLOSED", "LAYBY_CLOSED", "DISPATCHED_CLOSED", "VOIDED", "SAVED", "OPEN"),
    *("TELEPORTED", "closed", SECRET, "CONFIRMED", "confirmed", "voided", ""),
]


def spots(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every member of a JSON value, at any depth: its container and its key there."""
    for key in list(node) if isinstance(node, dict) else range(len(node)):
        yield node, key
        if isinstance(node[key], dict | list):
            yield from spots(node[key])


def changed(record: Record, changes: list[tuple[int, str, Any]]) -> Record:
    """A copy of a record with members replaced, removed, renamed or doubled, each chosen by number, at any depth."""
    copy = json.loads(json.dumps(record))
    for place, how, value in changes:
        found = list(spots(copy))
        if not found:
            break
        node, key = found[place % len(found)]
        if how == "remove":
            del node[key]
        elif how == "rename" and isinstance(node, dict):
            node[str(value).removeprefix(NUMBER)[:50]] = node.pop(key)
        elif how == "double" and isinstance(node, list):
            node.append(node[key])
        else:
            node[key] = value
    return copy


def encode(record: Any) -> bytes:
    """The record as JSON; texts that begin with `NUMBER` become numbers."""
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return _numbers(text).encode(errors="surrogatepass")


def _numbers(text: str) -> str:
    parts = text.split(f'"{NUMBER}')
    return parts[0] + "".join(rest.replace('"', "", 1) for rest in parts[1:])


WAYS = ["put", "put", "put", "remove", "rename", "double"]
POOL = [*(NUMBER + text for text in NUMBERS), *TEXTS, *TIMES, *STATUSES, None, True, False, [], {}, [[]], [{}], 0, 1]


def another(body: bytes, rng: random.Random) -> bytes:
    """A JSON object changed in one or two places, drawn by chance; anything else as it is."""
    try:
        payload = json.loads(body, parse_int=_kept, parse_float=_kept)
        if not isinstance(payload, dict):
            return body
        changes = [(rng.randrange(10_000), rng.choice(WAYS), rng.choice(POOL)) for _ in range(rng.randint(1, 2))]
        return encode(changed(payload, changes))
    except (ValueError, RecursionError):
        return body


def _kept(number: str) -> str:
    return NUMBER + number
