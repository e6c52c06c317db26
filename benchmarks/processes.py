"""Runs a program and watches how much memory it and all that it starts hold at a time."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
import time
from pathlib import Path

import psutil

from sandbox.process import SandboxError

SAMPLE_SECONDS = 0.02
MIB = 1024 * 1024


@dataclasses.dataclass(frozen=True)
class Usage:
    """Wall clock of a program from start to exit, and the most resident memory that its tree held."""

    seconds: float
    peak_rss_mib: float


def run(command: list[str], environment: dict[str, str], log: Path) -> Usage:
    """Run a program to its end; its output goes to `log`.

    Raises:
        SandboxError: it did not exit with 0.
    """
    began, peak = time.monotonic(), 0
    with log.open("wb") as output:
        process = psutil.Popen(
            command,
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        while process.poll() is None:
            peak = max(peak, resident(process))
            time.sleep(SAMPLE_SECONDS)
    if process.returncode:
        raise SandboxError(f"{command[0]} ended with {process.returncode}: {log.read_text(errors='replace')[-2000:]}")
    return Usage(time.monotonic() - began, peak / MIB)


def resident(process: psutil.Process) -> int:
    """Bytes of resident memory of a process and its descendants; pages that they share count once.

    A child that was just forked has all of its parent's pages: their resident sizes must not be summed.
    """
    with contextlib.suppress(psutil.NoSuchProcess):
        children = process.children(recursive=True)
        if not children:
            return process.memory_info().rss
        return sum(_share(each) for each in [process, *children])
    return 0


def _share(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return process.memory_full_info().pss
    return 0
