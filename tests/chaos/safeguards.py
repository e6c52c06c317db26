"""`python -m tests.chaos.safeguards`: take each safeguard away in turn and see which schedule catches it."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from tests.chaos.directed import DIRECTED
from tests.chaos.lanes import Lane
from tests.chaos.removals import REMOVALS, Removal

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- safeguards -->", "<!-- end of safeguards -->"
RANDOM_SEEDS = (101, 102)
"""What is tried as well when the directed schedule does not catch it."""


def main() -> int:
    """Run; exit status 1 if the absence of any safeguard goes unnoticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.safeguards", description=__doc__)
    parser.add_argument("--only", help="name of one safeguard")
    parser.add_argument("--write", action="store_true", help="keep the table in docs/reliability.md")
    arguments = parser.parse_args()
    chosen = [each for each in REMOVALS if arguments.only in {None, each.name}]
    caught = {}
    for removal in chosen:
        caught[removal.name] = catcher(removal)
        print(f"{removal.name}: {caught[removal.name] or 'NOT CAUGHT'}", flush=True)
    rows = [(each, caught[each.name]) for each in chosen]
    if arguments.write:
        text = PAGE.read_text()
        head, tail = text.split(BEGIN)[0], text.split(END)[1]
        PAGE.write_text(f"{head}{BEGIN}\n{table(rows)}\n{END}{tail}")
    print(f"{len(rows)} safeguards removed, {sum(bool(by) for _, by in rows)} caught")
    return 0 if all(by for _, by in rows) else 1


def catcher(removal: Removal) -> str:
    """What the first schedule that fails without the safeguard says; empty if none does."""
    directed = next(number for number, each in enumerate(DIRECTED, start=1) if each.name == removal.aim)
    lane = Lane([directed, *RANDOM_SEEDS], removal.name)
    try:
        while not lane.is_over:
            for verdict in lane.ready():
                if verdict["name"] == "no verdict":
                    raise RuntimeError("\n".join(verdict["log"]))
                if verdict["problems"]:
                    return f"{_who(verdict)}: {verdict['problems'][0]}"
            time.sleep(0.05)
    finally:
        lane.stop()
    return ""


def table(rows: list[tuple[Removal, str]]) -> str:
    """The table of the page."""
    lines = ["| safeguard | what it is for | removed in | what its absence led to |", "|---|---|---|---|"]
    for removal, by in rows:
        lines.append(f"| {removal.name} | {removal.guards} | `{removal.place}` | {by.replace('|', '/')} |")
    return "\n".join(lines)


def _who(verdict: dict[str, Any]) -> str:
    return f"seed {verdict['seed']}" + (f" ({verdict['name']})" if verdict["name"] != "random" else "")


if __name__ == "__main__":
    sys.exit(main())
