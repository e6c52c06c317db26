"""The target of `make fuzz`: records, answers, cursors and headers, by coverage. Runs in .venv-fuzz, on its own.

    python -m tests.fuzz.parsers FIGURES [libFuzzer's options] CORPUS

FIGURES is the file that what became of the payloads is written to.
"""

from __future__ import annotations

import json
import math
import random
import sys
import time
from collections import Counter
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["include.lightspeed", "include.landing"]):
    from include.lightspeed.errors import ConfigurationError
    from include.lightspeed.r_cursor import RCursor
    from include.lightspeed.rate_limit import LeakyBucketPacer, WindowPacer, stated_wait
    from include.lightspeed.x_cursor import XCursor
    from tests.fuzz import claims

from tests.fuzz import odd_values
from tests.fuzz.seeds import untagged

EVERY = 100

seen: Counter[str] = Counter()
figures = Path(sys.argv[1])


def one_input(data: bytes) -> None:
    """Take one input apart: a byte that says what it is, and the payload."""
    seen["inputs"] += 1
    if seen["inputs"] % EVERY == 0:
        write_figures()
    if len(data) < 2:
        return
    series, stream, mode, body = untagged(data)
    {"record": record, "answer": answer, "cursor": cursor, "headers": headers}[mode](series, stream, body)


def record(series: str, stream: str, body: bytes) -> None:
    """A record alone."""
    note([claims.record(series, stream, body)])
    claims.drift(series, stream, [body])


def answer(series: str, stream: str, body: bytes) -> None:
    """An answer of the API."""
    outcomes = claims.answer(series, stream, body)
    seen["answers refused"] += outcomes is None
    note(outcomes or [])


def note(outcomes: list[claims.Outcome]) -> None:
    """Count what became of payloads."""
    for outcome in outcomes:
        seen["payloads"] += 1
        seen["rejected" if outcome.rejected else "as rows" if outcome.rows else "without rows"] += 1
        seen["rows"] += outcome.rows


def cursor(series: str, stream: str, body: bytes) -> None:
    """A cursor of the ledger: it is read, or refused in one way."""
    seen["cursors"] += 1
    text = body.decode(errors="replace")
    for kind in (RCursor, XCursor):
        try:
            kind.decode(text).encode()
        except ConfigurationError:
            seen["cursors refused"] += 1


def headers(series: str, stream: str, body: bytes) -> None:
    """Headers of an answer: the wait that they ask for is a number."""
    seen["headers"] += 1
    lines = (line.partition(":") for line in body.decode("latin-1").split("\n"))
    given = {name.strip(): value.strip() for name, _, value in lines}
    now = 1_795_518_000.0
    for pacer in (LeakyBucketPacer(), WindowPacer()):
        pacer.observe(given, now)
        pacer.observe(given, now + 1)
        assert not math.isnan(pacer.delay(now + 1))
    assert (stated_wait(given, now) or 0.0) >= 0.0


def mutate(data: bytes, most: int, seed: int) -> bytes:
    """Change one or two members of a JSON payload, or, less often, bytes anyhow."""
    rng = random.Random(seed)
    made = odd_values.another(data[1:], rng) if rng.random() < 0.7 else data[1:]
    return atheris.Mutate(data, most) if made == data[1:] else (data[:1] + made)[:most]


def write_figures() -> None:
    """Write what has been seen so far."""
    figures.write_text(json.dumps(seen | {"seconds": round(time.monotonic() - begun, 1)}))


begun = time.monotonic()
if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], one_input, custom_mutator=mutate)
    atheris.Fuzz()
