"""Lanes as processes of their own: started, read from, and started again when one dies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LANE_STARTS = 2
"""How often a lane may end before the first verdict until its first seed counts as failed."""
LANE_RESTS = 60
"""Schedules after which a lane takes new services: an emulator that has run long is slow."""


def verdicts(seeds: list[int], lanes: int) -> Iterator[dict[str, Any]]:
    """Verdicts of all seeds as they come; lanes are processes with services of their own."""
    running = [Lane(seeds[number::lanes]) for number in range(min(lanes, len(seeds)))]
    try:
        while running:
            for lane in list(running):
                yield from lane.ready()
                if lane.is_over:
                    running.remove(lane)
            time.sleep(0.05)
    finally:
        for lane in running:
            lane.stop()


class Lane:
    """A process that runs some of the seeds.

    Args:
        seeds: which.
        remove: name of the safeguard that it removes first, if any.
    """

    def __init__(self, seeds: list[int], remove: str = "") -> None:
        self._waiting, self._remove = seeds, remove
        self._starts = 0
        self._start()

    @property
    def is_over(self) -> bool:
        """Whether every seed has its verdict."""
        return not self._waiting

    def ready(self) -> Iterator[dict[str, Any]]:
        """The verdicts that have come since."""
        if self._waiting and self._process.poll() is not None and self._read() == self._seen:
            yield from self._without_verdict()
        for line in self._read()[len(self._seen) :]:
            self._seen.append(line)
            self._starts = 1
            verdict = json.loads(line)
            self._waiting = [seed for seed in self._waiting if seed != verdict["seed"]]
            yield verdict

    def stop(self) -> None:
        """End it, and what it started."""
        self._process.terminate()
        self._process.wait()

    def _start(self) -> None:
        self._starts += 1
        self._seen: list[str] = []
        self._out = tempfile.NamedTemporaryFile("w+", prefix="chaos-verdicts-")  # noqa: SIM115
        command = [sys.executable, "-m", "tests.chaos", "--lane", ",".join(map(str, self._waiting[:LANE_RESTS]))]
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        environment = os.environ | {"AIRFLOW_HOME": tempfile.mkdtemp(prefix="airflow-home-")}
        environment |= {"AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR", "PYTHONWARNINGS": "ignore"}
        self._process = subprocess.Popen(
            [*command, "--remove", self._remove], stdout=self._out, stderr=self._errors, env=environment
        )

    def _without_verdict(self) -> Iterator[dict[str, Any]]:
        """The process ended early: its present seed has failed, the others go on in a new one."""
        if self._process.returncode == 0:
            self._start()
            return
        self._errors.seek(0)
        said = self._errors.read().strip().splitlines()[-12:]
        if self._starts >= LANE_STARTS:
            seed = self._waiting.pop(0)
            facts = {"name": "no verdict", "way": "", "seconds": 0.0, "met": {}, "schedule": "", "log": said}
            yield {"seed": seed, "problems": ["the lane ended without a verdict"], **facts}
            self._starts = 0
        if self._waiting:
            self._start()

    def _read(self) -> list[str]:
        text = Path(self._out.name).read_text()
        return [line for line in text.split("\n")[:-1] if line.startswith("{")]
