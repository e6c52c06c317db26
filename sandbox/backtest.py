"""`make backtest`: `make predict` at past dates, graded against what happened afterwards.

Usage: python -m sandbox.backtest --sales file.parquet --cutoffs 2017-09-01,2017-10-01 --horizon 30
The last line of the output is one JSON object.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
from pathlib import Path

from sandbox.predict import day, progress_printer
from sandbox.process import SandboxError


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    options = _options(argv)
    from include.models.backtest import backtest
    from sandbox.local_client import local_client

    try:
        with tempfile.TemporaryDirectory(prefix="backtest-") as folder, local_client(Path(folder)) as client:
            graded = backtest(client, options.sales, options.cutoffs, options.horizon, progress_printer())
    except (SandboxError, ValueError) as error:
        print(f"backtest: {error}", file=sys.stderr)
        return 1
    print(json.dumps(graded))
    return 0


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="backtest", description="Grade predictions at past dates.")
    parser.add_argument("--sales", type=Path, required=True, help="Parquet file of sale lines")
    parser.add_argument("--cutoffs", type=days, required=True, help="dates, YYYY-MM-DD, separated by commas")
    parser.add_argument("--horizon", type=int, default=30, help="days that churn looks ahead (30)")
    return parser.parse_args(argv)


def days(text: str) -> list[dt.date]:
    """Dates separated by commas.

    Raises:
        argparse.ArgumentTypeError: one of them is no date.
    """
    return [day(part.strip()) for part in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
