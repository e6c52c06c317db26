"""A backfill by the production tasks and the same by dlt, one after the other, and whether memory is bounded.

Both read the same X-Series pages, rendered beforehand and served without a rate limit, keep every answer raw and
gzipped in Cloud Storage, and leave one typed row a sale line in the local BigQuery, replaced by key, with a
cursor to go on from. Each has an emulator of its own, started for it. A time is that of the whole process, from
start to exit; memory is the most that the process tree held, the emulators left out. dlt's BigQuery destination
reaches the emulator like any client; it runs with its defaults and Parquet load files. The last line is one JSON
object.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery, storage

from benchmarks.pages import MAX_RENDERED_LINES, render
from benchmarks.processes import run
from sandbox.connections import lightspeed_variables
from sandbox.process import Processes, SandboxError, Service, free_port
from sandbox.stack import BUCKET, PROJECT, ROOT, Ports, Stack

DLT_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
TABLES = {"production": "livhana_prod.sales", "dlt": "dlt_sales.sales"}


@dataclasses.dataclass(frozen=True)
class Backfill:
    """What one backfill took, and what it left behind."""

    rows: int
    rows_per_s: float
    peak_rss_mib: float
    seconds: float
    requests: int
    total: Decimal
    """Sum of the lines' totals: equal for whoever did the work."""

    def figures(self) -> dict[str, Any]:
        """What the last line prints."""
        return {name: value for name, value in dataclasses.asdict(self).items() if name != "total"}


def main() -> None:
    """Parse the command line, measure, print the figures."""
    options = _options()
    try:
        with tempfile.TemporaryDirectory(prefix="bench-ingest-") as folder:
            figures = measure(Path(folder), options.lines, with_dlt=options.lines <= MAX_RENDERED_LINES)
    except SandboxError as error:
        sys.exit(f"make bench-ingest: {error}")
    print(json.dumps(figures), flush=True)


def measure(folder: Path, lines: int, *, with_dlt: bool) -> dict[str, Any]:
    """Figures of a backfill of so many lines, beside dlt's or, for more than a million, beside one of a million.

    Raises:
        SandboxError: a program failed, or rows are missing or different.
    """
    rendered = min(lines, MAX_RENDERED_LINES)
    print(f"Rendering pages of {rendered:,} lines …", flush=True)
    pages = folder / "pages"
    pages.mkdir()
    render(pages, rendered)
    ours = backfill("production", folder / "production", pages, 1)
    if with_dlt:
        dlt = backfill("dlt", folder / "dlt", pages, 1)
        if (ours.rows, ours.total) != (dlt.rows, dlt.total):
            raise SandboxError(f"The two loaded different things: {ours}, {dlt}.")
        ratios = {"speed": ours.rows_per_s / dlt.rows_per_s, "memory": ours.peak_rss_mib / dlt.peak_rss_mib}
        return ours.figures() | {"dlt": dlt.figures(), **_rounded(ratios)}
    large = backfill("production", folder / "large", pages, -(-lines // rendered))
    growth = {"memory_growth": large.peak_rss_mib / ours.peak_rss_mib}
    return large.figures() | {"of_a_million": ours.figures(), **_rounded(growth)}


def backfill(name: str, folder: Path, pages: Path, repetitions: int) -> Backfill:
    """Run one backfill against services of its own, and look at what it left.

    Args:
        name: `production` or `dlt`.
        folder: for the services' data and the program's log.
        pages: what `render` wrote.
        repetitions: how many times over the pages are served.
    """
    shop = _Shop(folder, pages, repetitions)
    with Stack(folder, Ports.free()) as stack, shop:
        stack.start_warehouse()
        environment = _environment(stack, shop.url)
        _make_bucket(stack)
        print(f"{name}: backfill of {shop.expected()['lines']:,} lines …", flush=True)
        usage = run(_command(name, shop.url, folder), environment, folder / f"{name}.log")
        rows, total = _loaded(stack, TABLES[name])
        expected = shop.expected()
        if rows != expected["lines"]:
            raise SandboxError(f"{name} left {rows} rows of {expected['lines']} lines.")
        _require_raw_pages(stack, name)
        result = Backfill(
            rows=rows,
            rows_per_s=round(rows / usage.seconds),
            peak_rss_mib=round(usage.peak_rss_mib, 1),
            seconds=round(usage.seconds, 2),
            requests=expected["requests"],
            total=total,
        )
        print(f"{name}: {result.figures()}", flush=True)
        return result


class _Shop:
    """The server of rendered pages; a context manager."""

    def __init__(self, folder: Path, pages: Path, repetitions: int) -> None:
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._processes = Processes(folder / "shop")
        self._service = Service(
            name="pages",
            command=[
                *(sys.executable, "-m", "benchmarks.pages", "--port", str(self._port)),
                *("--folder", str(pages), "--repetitions", str(repetitions)),
            ],
            ports=[self._port],
            health_url=f"{self.url}/requests",
            environment={"PYTHONPATH": str(ROOT)},
        )

    def __enter__(self) -> None:
        self._processes.start(self._service)

    def __exit__(self, *_: object) -> None:
        self._processes.stop()

    def expected(self) -> dict[str, int]:
        """`sales` and `lines` of all pages, and the `requests` answered so far."""
        answer = requests.get(f"{self.url}/requests", timeout=30)
        answer.raise_for_status()
        return answer.json()


def _command(name: str, url: str, folder: Path) -> list[str]:
    if name == "production":
        return [sys.executable, "-m", "benchmarks.backfill"]
    program = str(ROOT / "benchmarks" / "dlt_backfill.py")
    return [str(DLT_PYTHON), program, "--url", url, "--folder", str(folder / "packages")]


def _environment(stack: Stack, url: str) -> dict[str, str]:
    idle = {"LIGHTSPEED_IDLE_SECONDS": "0.01", "LIGHTSPEED_POLL_SECONDS": "0.01"}
    shop = lightspeed_variables(stack, "x_series") | {"LIGHTSPEED_BASE_URL": url}
    # The local BigQuery does not unpack a gzipped upload; dlt's own bookkeeping is JSON lines.
    dlt = {"RUNTIME__DLTHUB_TELEMETRY": "false", "DATA_WRITER__DISABLE_COMPRESSION": "true"}
    return {**stack.environment(), **shop, **idle, **dlt, "PYTHONPATH": str(ROOT)}


def _make_bucket(stack: Stack) -> None:
    _storage(stack).create_bucket(BUCKET)


def _storage(stack: Stack) -> storage.Client:
    options = {"api_endpoint": stack.storage_url}
    return storage.Client(project=PROJECT, credentials=AnonymousCredentials(), client_options=options)


def _loaded(stack: Stack, table: str) -> tuple[int, Decimal]:
    client = bigquery.Client(
        project=PROJECT,
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": stack.bigquery_url},
    )
    statement = f"SELECT COUNT(DISTINCT sale_line_id) AS n, SUM(line_total) AS total FROM `{PROJECT}.{table}`"  # noqa: S608
    row = next(iter(client.query_and_wait(statement)))
    return row["n"], row["total"]


def _require_raw_pages(stack: Stack, name: str) -> None:
    names = [blob.name for blob in _storage(stack).list_blobs(BUCKET)]
    if not any(each.endswith(".jsonl.gz") for each in names):
        raise SandboxError(f"{name} kept no raw pages.")


def _rounded(ratios: dict[str, float]) -> dict[str, float]:
    return {name: round(ratio, 2) for name, ratio in ratios.items()}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-ingest", description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=MAX_RENDERED_LINES, help="sale lines; above a million without dlt")
    return parser.parse_args()


if __name__ == "__main__":
    main()
