"""How soon a sale of a busy shop is queryable: real Airflow with its metadata in PostgreSQL, both API series.

The shop sells 10 sales a second, and 50 a second for one minute in the middle. It has 200 registers, so that
Lightspeed's limit (60,050 requests in five minutes; 100 drips a second) is not what is measured, and the local
BigQuery keeps its few rows in plain DuckDB files, so that the emulator's tables are not what is measured. A sale's time
runs from its completion at the till to the first answer of a query, asked from outside once a second, that has
its rows; `committed` in the last line is what the pipeline itself reports in `sales_freshness`, whose clock
starts at the whole second that Lightspeed tells. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import requests

from sandbox.airflow import Airflow
from sandbox.connections import lightspeed_variables, seed_secret
from sandbox.demo import shop_totals
from sandbox.freshness import Freshness, FreshnessWatch
from sandbox.postgres import Postgres
from sandbox.process import SandboxError
from sandbox.stack import Ports, Stack
from sandbox.warehouse import Warehouse

DAG = "lightspeed_to_bigquery"
REGISTERS = 200
STREAMS = 3
WATCH_SECONDS = 1.0
REPORT_SECONDS = 15.0
HISTORY_SECONDS = 900
LAST_SALES_SECONDS = 180


@dataclasses.dataclass(frozen=True)
class Load:
    """What the shop sells: `rate` sales a second, and `burst_rate` for `burst_seconds` in the middle."""

    seconds: float
    rate: float
    burst_seconds: float
    burst_rate: float

    def sales(self) -> int:
        """Sales of the whole time."""
        return round(self.rate * (self.seconds - self.burst_seconds) + self.burst_rate * self.burst_seconds)

    def phases(self) -> list[tuple[float, float]]:
        """(seconds, sales a second), one after the other."""
        calm = (self.seconds - self.burst_seconds) / 2
        return [(calm, self.rate), (self.burst_seconds, self.burst_rate), (calm, self.rate)]


class Measurement:
    """One run of the benchmark.

    Args:
        stack: the services.
        airflow: Airflow, not started.
        series: API series of the shop.
    """

    def __init__(self, stack: Stack, airflow: Airflow, series: str) -> None:
        self._stack = stack
        self._airflow = airflow
        self._series = series
        self._warehouse = Warehouse(stack)
        self._began = time.monotonic()

    def run(self, load: Load) -> dict[str, Any]:
        """Start everything, let the shop sell, and return the figures.

        Raises:
            SandboxError: something did not start, or BigQuery and the shop do not agree in the end.
        """
        self._start(load)
        watch = FreshnessWatch(self._stack, dt.datetime.now(tz=dt.UTC), self._series, WATCH_SECONDS)
        for seconds, rate in load.phases():
            self._sell(watch, seconds, rate)
        self._control("pause")
        freshness = watch.finish(timeout=LAST_SALES_SECONDS)
        tasks = self._task_seconds(watch.since)
        self._airflow.pause(DAG)
        self._compare()
        return self._figures(freshness, watch.since, tasks)

    def _start(self, load: Load) -> None:
        self.say("Starting Cloud Storage, BigQuery, Lightspeed and Airflow …")
        migration = self._airflow.migrate()
        self._stack.start_warehouse()
        self._stack.start_lightspeed("--registers", str(REGISTERS), "--speed", "0", "--max-history-sales", "1000")
        seed_secret(self._stack)
        pending = requests.get(f"{self._stack.lightspeed_url}/_sandbox/health", timeout=30).json()["pending_sales"]
        if pending < load.sales():
            raise SandboxError(
                f"The shop has {pending} sales left to sell, fewer than {load.sales()}: shorten SECONDS."
            )
        if migration.wait():
            raise SandboxError("Airflow's database could not be made: see migrate.log.")
        self._airflow.start()
        self._airflow.unpause(DAG)
        self.say("Loading the shop's history, customers and products …")
        deadline = time.monotonic() + HISTORY_SECONDS
        while not (self._warehouse.exists() and self._warehouse.streams_caught_up() == STREAMS):
            self._stack.processes.check()
            if time.monotonic() > deadline:
                raise SandboxError(f"The history was not loaded after {HISTORY_SECONDS} s.")
            time.sleep(2)

    def _sell(self, watch: FreshnessWatch, seconds: float, rate: float) -> None:
        self.say(f"Selling {rate:g} sales a second for {seconds:g} s …")
        self._control("pace", {"sales_per_second": rate})
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, REPORT_SECONDS))
            self._stack.processes.check()
            self.say(f"  {watch.live_sales():>6,} sold, {watch.waiting():>4,} of them not queryable yet")

    def _compare(self) -> None:
        shop, warehouse = shop_totals(self._stack.lightspeed_url), self._warehouse.day_totals()
        different = sorted(day for day in shop.keys() | warehouse.keys() if shop.get(day) != warehouse.get(day))
        if different:
            day = different[0]
            raise SandboxError(f"{day}: the shop has {shop.get(day)}, BigQuery has {warehouse.get(day)}.")

    def _task_seconds(self, since: dt.datetime) -> dict[str, float]:
        """Median seconds of each task and of the whole run, over the runs that brought something."""
        spans: dict[str, list[float]] = defaultdict(list)
        for run, tasks in self._airflow.runs(DAG, since):
            if {task["state"] for task in tasks} == {"success"}:
                spans["run"].append(_span(run))
                for task in tasks:
                    spans[task["task_id"]].append(_span(task))
        return {name: round(sorted(seconds)[len(seconds) // 2], 2) for name, seconds in sorted(spans.items())}

    def _figures(self, freshness: Freshness, since: dt.datetime, tasks: dict[str, float]) -> dict[str, Any]:
        committed = self._warehouse.pipeline_freshness(since)
        return {
            "series": self._series,
            "p50_s": freshness.p50_seconds,
            "p95_s": freshness.p95_seconds,
            "p99_s": freshness.p99_seconds,
            "max_s": freshness.max_seconds,
            "sales": freshness.live_sales,
            "lost": freshness.lost,
            "duplicated": self._warehouse.duplicated(since),
            "committed": {name: round(value, 2) for name, value in committed.items() if value is not None},
            "median_task_s": tasks,
        }

    def _control(self, action: str, body: dict[str, Any] | None = None) -> None:
        answer = requests.post(f"{self._stack.lightspeed_url}/_sandbox/{action}", json=body, timeout=30)
        answer.raise_for_status()

    def say(self, text: str) -> None:
        """Print a line with the seconds since the start."""
        print(f"[{time.monotonic() - self._began:6.1f} s] {text}", flush=True)


def _span(timed: dict[str, Any]) -> float:
    start, end = (dt.datetime.fromisoformat(timed[name]) for name in ("start_date", "end_date"))
    return (end - start).total_seconds()


def main() -> None:
    """Parse the command line, measure, print the figures."""
    options = _options()
    load = Load(options.seconds, options.rate, min(options.burst_seconds, options.seconds), options.burst_rate)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="bench-freshness-") as folder,
            Postgres() as postgres,
            Stack(Path(folder), Ports.free(), plain_tables=True) as stack,
        ):
            variables = {**lightspeed_variables(stack, options.series), **_airflow_variables(postgres)}
            measurement = Measurement(stack, Airflow(stack, Path(folder) / "airflow", variables), options.series)
            measurement.say(f"PostgreSQL {postgres.version} holds Airflow's metadata.")
            figures = measurement.run(load)
    except SandboxError as error:
        sys.exit(f"make bench-freshness: {error}")
    print(json.dumps(figures), flush=True)


def _airflow_variables(postgres: Postgres) -> dict[str, str]:
    return {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": postgres.url}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-freshness", description=__doc__.splitlines()[0])
    parser.add_argument("--series", choices=["x_series", "r_series"], default="x_series", help="API of the shop")
    parser.add_argument("--seconds", type=float, default=600, help="how long the shop sells")
    parser.add_argument("--rate", type=float, default=10, help="sales a second")
    parser.add_argument("--burst-seconds", type=float, default=60, help="how long the burst in the middle lasts")
    parser.add_argument("--burst-rate", type=float, default=50, help="sales a second in the burst")
    return parser.parse_args()


if __name__ == "__main__":
    main()
