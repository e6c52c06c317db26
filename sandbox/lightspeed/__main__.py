"""``python -m sandbox.lightspeed``: fill the store at the first start, then serve until a signal."""

from __future__ import annotations

import argparse
import gc
import logging
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import uvicorn

from sandbox.lightspeed import dataset, history
from sandbox.lightspeed.app import create_app
from sandbox.lightspeed.settings import SimulatorSettings
from sandbox.lightspeed.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

_log = logging.getLogger("sandbox.lightspeed")


def now_utc() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; ``--help`` describes it."""
    defaults = SimulatorSettings()
    parser = argparse.ArgumentParser(prog="python -m sandbox.lightspeed", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder of the store; kept over restarts")
    parser.add_argument("--registers", type=int, default=defaults.registers, help="sets the rate limits")
    parser.add_argument("--speed", type=float, default=defaults.speed, help="virtual seconds a real second")
    parser.add_argument(
        "--longest-gap",
        type=float,
        default=defaults.longest_gap_seconds,
        help="virtual seconds between two sales at most: nights are skipped; 0 skips nothing",
    )
    parser.add_argument("--sales", type=Path, help="a Parquet file of sales instead of Complete Journey")
    parser.add_argument("--today", type=date.fromisoformat, help="with --sales: its day that stands for today")
    parser.add_argument("--max-history-sales", type=int, help="keep only the newest N sales of the history")
    parser.add_argument("--page-size-cap", type=int, default=defaults.x_page_size_cap)
    parser.add_argument("--tax-basis-points", type=int, default=defaults.tax_basis_points)
    parser.add_argument("--void-moves-timestamp", action="store_true")
    parser.add_argument("--no-rate-limit", action="store_true")
    return parser.parse_args(arguments)


def open_store(arguments: argparse.Namespace, settings: SimulatorSettings, now: datetime) -> Store:
    """The store in ``--data``, filled if this is the first start."""
    store = Store(arguments.data / "lightspeed.sqlite3")
    if store.get_meta("first_start_us") is None:
        started = time.monotonic()
        columns = (
            dataset.sales_file(arguments.sales, arguments.today) if arguments.sales else dataset.complete_journey()
        )
        history.fill(store, columns, settings, now, arguments.max_history_sales)
        del columns
        pa.default_memory_pool().release_unused()
        _log.info("Prepared the store in %.1f s", time.monotonic() - started)
    return store


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGINT or SIGTERM."""
    parsed = parse_arguments(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    settings = SimulatorSettings(
        registers=parsed.registers,
        speed=parsed.speed,
        longest_gap_seconds=parsed.longest_gap,
        tax_basis_points=parsed.tax_basis_points,
        x_page_size_cap=parsed.page_size_cap,
        void_moves_timestamp=parsed.void_moves_timestamp,
        rate_limited=not parsed.no_rate_limit,
    )
    store = open_store(parsed, settings, now_utc())
    app = create_app(store, settings, now_utc)
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    _log.info("Lightspeed simulator on http://%s:%d", parsed.host, parsed.port)
    uvicorn.run(app, host=parsed.host, port=parsed.port, access_log=False, log_level="warning")
    store.close()


if __name__ == "__main__":
    main()
