"""`python -m tests.chaos`: run seeded schedules on lanes side by side; the last line is `N schedules, N passed`."""

from __future__ import annotations

import argparse
import ctypes
import json
import signal
import sys
import time
from collections import Counter
from typing import Any

from tests.chaos.lanes import verdicts


def main() -> int:
    """Run the seeds; exit status 1 if any failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=500, help="how many schedules")
    parser.add_argument("--first", type=int, default=1, help="the first seed; the first ones each aim at a safeguard")
    parser.add_argument("--lanes", type=int, default=2, help="how many run side by side")
    parser.add_argument("--show", action="store_true", help="print what went on in each schedule")
    parser.add_argument("--lane", help=argparse.SUPPRESS)
    parser.add_argument("--remove", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if arguments.lane:
        _run_lane([int(seed) for seed in arguments.lane.split(",")], arguments.remove)
        return 0
    seeds = list(range(arguments.first, arguments.first + arguments.seeds))
    begun, failed, met = time.monotonic(), [], Counter[str]()
    for verdict in verdicts(seeds, arguments.lanes):
        met.update(verdict["met"])
        print(_line(verdict), flush=True)
        if verdict["problems"] or arguments.show:
            print("\n".join([verdict["schedule"], *verdict["log"], *verdict["problems"]]), flush=True)
        if verdict["problems"]:
            failed.append(verdict["seed"])
    _summary(met, failed, time.monotonic() - begun)
    print(f"{len(seeds)} schedules, {len(seeds) - len(failed)} passed", flush=True)
    return 1 if failed else 0


def _line(verdict: dict[str, Any]) -> str:
    state = "passed" if not verdict["problems"] else "FAILED"
    faults = ", ".join(verdict["met"]) or "no fault"
    return f"{verdict['seed']:4d} {state} {verdict['seconds']:5.1f} s  {verdict['name']} ({verdict['way']}): {faults}"


def _summary(met: Counter[str], failed: list[int], seconds: float) -> None:
    print("Faults that happened: " + ", ".join(f"{kind} {count}" for kind, count in sorted(met.items())))
    for seed in failed:
        print(f"Seed {seed} failed; again with: make chaos SEEDS=1 FIRST={seed}")
    print(f"{seconds:.0f} s")


def _run_lane(seeds: list[int], remove: str) -> None:
    from tests.chaos.directed import schedule_of
    from tests.chaos.lane import open_lane
    from tests.chaos.removals import remover

    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    with open_lane(remover(remove)) as lane:
        for seed in seeds:
            verdict = lane.run(schedule_of(seed))
            facts = {
                "seed": seed,
                "name": verdict.schedule.name,
                "way": verdict.schedule.way,
                "seconds": verdict.seconds,
                "met": verdict.log.met,
                "schedule": verdict.schedule.describe(),
                "log": verdict.log.lines,
                "problems": verdict.problems,
            }
            print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    sys.exit(main())
