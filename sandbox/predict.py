"""`make predict`: the production features and models on a file of sales and a local BigQuery.

Usage: python -m sandbox.predict --sales in.parquet --as-of 2017-12-01 --horizon 30 --out profiles.parquet
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
import time
from pathlib import Path

from sandbox.process import SandboxError


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    options = _options(argv)
    # After the options: --help and a wrong argument answer at once.
    import pyarrow.parquet as pq

    from include.models.predict import predict
    from sandbox.local_client import local_client

    say = progress_printer()
    try:
        with tempfile.TemporaryDirectory(prefix="predict-") as folder, local_client(Path(folder)) as client:
            say("BigQuery is up.")
            result = predict(client, options.sales, options.as_of, options.horizon, say)
            options.out.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(result.profiles, options.out)
    except (SandboxError, ValueError) as error:
        print(f"predict: {error}", file=sys.stderr)
        return 1
    say(f"{result.profiles.num_rows:,} profiles in {options.out}.")
    return 0


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="predict", description="Profiles of every customer of a sales history.")
    parser.add_argument("--sales", type=Path, required=True, help="Parquet file of sale lines")
    parser.add_argument("--as-of", type=day, required=True, help="first day that is not known, YYYY-MM-DD")
    parser.add_argument("--horizon", type=int, default=30, help="days that churn looks ahead (30)")
    parser.add_argument("--out", type=Path, required=True, help="Parquet file to write")
    return parser.parse_args(argv)


def day(text: str) -> dt.date:
    """A date argument.

    Raises:
        argparse.ArgumentTypeError: the text is no date.
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: give YYYY-MM-DD") from None


def progress_printer():  # noqa: ANN201
    """A function that prints a sentence with the seconds since now."""
    start = time.monotonic()
    return lambda text: print(f"[{time.monotonic() - start:6.1f} s] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
