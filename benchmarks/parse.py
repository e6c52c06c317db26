"""Seconds that each DAG file takes to parse beyond what importing `airflow.sdk` takes, which every DAG pays.

Each file is run in fresh interpreters, in turn with one that imports `airflow.sdk` alone; the medians are
compared. The last line is one JSON object: the slowest file's seconds, and each file's.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from sandbox.stack import ROOT

BASE = "import time; began = time.perf_counter(); import airflow.sdk; print(time.perf_counter() - began)"
FILE = """
import runpy, sys, time
began = time.perf_counter()
import airflow.sdk
runpy.run_path(sys.argv[1], run_name="parsed")
print(time.perf_counter() - began)
"""


def seconds(program: str, *arguments: str) -> float:
    """What one run in a fresh interpreter prints as its last line."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, *arguments],
        check=True,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    return float(run.stdout.splitlines()[-1])


def measure(files: list[Path], turns: int) -> dict[str, float]:
    """File name -> median seconds beyond the import of `airflow.sdk`."""
    seconds(BASE)  # the first run also reads the libraries from the disk
    base: list[float] = []
    parsed: dict[str, list[float]] = {file.name: [] for file in files}
    for _ in range(turns):
        base.append(seconds(BASE))
        for file in files:
            parsed[file.name].append(seconds(FILE, str(file)))
    return {name: round(statistics.median(times) - statistics.median(base), 3) for name, times in parsed.items()}


def main() -> None:
    """Measure every DAG file and print the figures."""
    parser = argparse.ArgumentParser(prog="make bench-parse", description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=ROOT / "dags", help="where the DAG files are")
    parser.add_argument("--turns", type=int, default=5, help="runs of each file")
    options = parser.parse_args()
    files = sorted(options.folder.glob("*.py"))
    if not files:
        sys.exit(f"make bench-parse: {options.folder} has no DAG file.")
    found = measure(files, options.turns)
    print(json.dumps({"max_s": max(found.values()), "files": found}), flush=True)


if __name__ == "__main__":
    main()
