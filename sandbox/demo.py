"""`make demo`: real sales from a Lightspeed API through Cloud Storage into BigQuery, and back as profiles.

Starts the sandbox and Airflow, lets both DAGs do their work on replayed sales, compares the warehouse with
the shop's own account, fetches a profile over HTTP, and measures how fresh live sales are. The last line of
a run with `--once` is one JSON object.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import datetime as dt
import json
import shutil
import signal
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from sandbox.airflow import USER, Airflow
from sandbox.connections import lightspeed_variables, seed_secret
from sandbox.engagement import seed
from sandbox.freshness import Freshness, FreshnessWatch
from sandbox.process import SandboxError
from sandbox.stack import ROOT, Ports, Stack
from sandbox.warehouse import DayTotals, Warehouse

INGEST = "lightspeed_to_bigquery"
ENGAGEMENT = "engagement_to_bigquery"
PROFILES = "customer_profiles"
BACKFILL_SECONDS = 1200
LONGEST_GAP_SECONDS = 240
"""Virtual time between two live sales at most: a demo at night sees sales too."""
PROFILES_SECONDS = 900
ENGAGEMENT_SECONDS = 600


@dataclasses.dataclass(frozen=True)
class Options:
    """What the command line chose."""

    once: bool
    series: str
    registers: int
    speed: float
    live_seconds: float
    max_history_sales: int | None
    engagement_days: int
    data: Path


class Demo:
    """One run of the demo.

    Args:
        stack: the services.
        options: what the command line chose.
    """

    def __init__(self, stack: Stack, options: Options) -> None:
        self._stack = stack
        self._options = options
        self._began = time.monotonic()
        self._warehouse = Warehouse(stack)
        self._sources: concurrent.futures.Future[dict[str, int]] = concurrent.futures.Future()

    def run(self) -> dict[str, Any]:
        """Do all of it; returns what the last line prints.

        Raises:
            SandboxError: a step failed; the message says which, and where to look.
        """
        airflow = self._start()
        self._backfill(airflow)
        self._bring_engagement(airflow)
        self._build_profiles(airflow)
        profile = self._fetch_profile(airflow)
        freshness = self._watch_live_sales()
        airflow.pause(INGEST)
        self._compare()
        return {
            **self._warehouse.counts(),
            **self._warehouse.engagement(),
            "freshness_p50_s": freshness.p50_seconds,
            "freshness_max_s": freshness.max_seconds,
            "live_sales": freshness.live_sales,
            "seconds": round(time.monotonic() - self._began, 1),
            "profile": profile,
        }

    def _start(self) -> Airflow:
        options = self._options
        self.say("Starting Cloud Storage, BigQuery, Lightspeed and Airflow …")
        variables = lightspeed_variables(self._stack, options.series) | seed.variables(self._stack)
        airflow = Airflow(self._stack, options.data / "airflow", variables)
        migration = airflow.migrate()
        self._stack.start_warehouse()
        limit = ["--max-history-sales", str(options.max_history_sales)] if options.max_history_sales else []
        self._stack.start_lightspeed(
            *("--registers", str(options.registers), "--speed", str(options.speed)),
            *("--longest-gap", str(LONGEST_GAP_SECONDS), *limit),
        )
        self._stack.start_gmail("--days", str(options.engagement_days))
        thread = concurrent.futures.ThreadPoolExecutor(max_workers=1)
        self._sources = thread.submit(seed.fill, self._stack, options.series, options.engagement_days, _now())
        seed_secret(self._stack)
        if migration.wait():
            raise SandboxError(f"Airflow's database could not be made; see {options.data / 'airflow'}/migrate.log.")
        airflow.start()
        self.say(f"Airflow is at {airflow.url} (user {USER}, password {airflow.password}).")
        return airflow

    def _backfill(self, airflow: Airflow) -> None:
        airflow.unpause(INGEST)
        total = sum(lines for _, lines, _ in shop_totals(self._stack.lightspeed_url).values())
        self.say(f"The shop has sold {total:,} lines so far; loading them over HTTP …")
        deadline, reported = time.monotonic() + BACKFILL_SECONDS, -1
        while time.monotonic() < deadline:
            self._stack.processes.check()
            loaded, caught_up = self._warehouse.progress() if self._warehouse.exists() else (0, False)
            if loaded != reported:
                self.say(f"  {loaded:>9,} lines queryable ({100 * loaded / total:.0f} %)")
                reported = loaded
            if caught_up:
                return
            time.sleep(2)
        raise SandboxError(f"The backfill was not done after {BACKFILL_SECONDS} s; see {airflow.url}.")

    def _bring_engagement(self, airflow: Airflow) -> None:
        made = self._sources.result()
        self.say(f"E-mails, {made['export_tables']} days of the web site and {made['webhooks']} webhooks are waiting …")
        self._first_run(airflow, ENGAGEMENT, ENGAGEMENT_SECONDS)
        counts = self._warehouse.engagement()
        self.say(", ".join(f"{rows:,} {name}" for name, rows in counts.items()))
        if not all(counts.values()):
            raise SandboxError(f"A source of engagement brought nothing; see {airflow.url}/dags/{ENGAGEMENT}.")

    def _build_profiles(self, airflow: Airflow) -> None:
        self.say("Building features, training the models and writing the profiles …")
        # Beginning it earlier would train on half a history.
        self._first_run(airflow, PROFILES, PROFILES_SECONDS)

    def _first_run(self, airflow: Airflow, dag: str, seconds: float) -> None:
        """Unpause a DAG, whose schedule starts a run at once, and wait for the end of that run."""
        airflow.unpause(dag)
        run = airflow.first_run(dag)
        deadline, reported = time.monotonic() + seconds, {}
        while (state := airflow.run_state(dag, run)) not in {"success", "failed"}:
            states = airflow.task_states(dag, run)
            for task, task_state in states.items():
                if task_state in {"running", "success", "failed"} and reported.get(task) != task_state:
                    self.say(f"  {task}: {task_state}")
            reported = states
            self._stack.processes.check()
            if time.monotonic() > deadline:
                raise SandboxError(f"{dag} was not done after {seconds:.0f} s; see {airflow.url}.")
            time.sleep(1)
        if state == "failed":
            raise SandboxError(f"The DAG {dag} failed; see {airflow.url}/dags/{dag}/runs/{run}.")

    def _fetch_profile(self, airflow: Airflow) -> dict[str, Any]:
        for kind, outcome, count in self._warehouse.matches():
            self.say(f"  {count:,} identities of kind {kind}: {outcome}")
        customer = self._warehouse.complete_profile()
        if customer is None:
            raise SandboxError(
                "No profile has all three predictions and all four sources; the view customer_profiles says why."
            )
        url = f"{airflow.url}/customer-profiles/v1/customers/{customer}"
        self.say(f"GET {url}")
        answer = requests.get(url, headers={"Authorization": f"Bearer {airflow.token()}"}, timeout=60)
        if answer.status_code != requests.codes.ok:
            raise SandboxError(f"The profile was not served: {answer.status_code} {answer.text[:300]}")
        return answer.json()

    def _watch_live_sales(self) -> Freshness:
        watch = FreshnessWatch(self._stack, _now(), self._options.series)
        self.say(f"Watching live sales for {self._options.live_seconds:.0f} s …")
        end = time.monotonic() + self._options.live_seconds
        while time.monotonic() < end:
            self._stack.processes.check()
            time.sleep(min(15, self._options.live_seconds))
            self.say(f"  {watch.live_sales()} live sales so far")
        requests.post(f"{self._stack.lightspeed_url}/_sandbox/pause", timeout=30).raise_for_status()
        freshness = watch.finish(timeout=120)
        self.say(
            f"From completion to queryable, {freshness.live_sales} live sales: "
            f"median {freshness.p50_seconds} s, slowest {freshness.max_seconds} s."
        )
        return freshness

    def _compare(self) -> None:
        shop, warehouse = shop_totals(self._stack.lightspeed_url), self._warehouse.day_totals()
        different = sorted(day for day in shop.keys() | warehouse.keys() if shop.get(day) != warehouse.get(day))
        if different:
            day = different[0]
            raise SandboxError(
                f"{len(different)} days differ between the shop and BigQuery, the first is {day}: "
                f"the shop has {shop.get(day)}, BigQuery has {warehouse.get(day)} (sales, lines, total)."
            )
        self.say(f"All {len(shop)} days agree with the shop in sales, lines and totals.")

    def say(self, text: str) -> None:
        """Print a line with the seconds since the start."""
        print(f"[{time.monotonic() - self._began:6.1f} s] {text}", flush=True)


def shop_totals(url: str) -> DayTotals:
    """What the shop itself says of each day, voided sales left out."""
    answer = requests.get(f"{url}/_sandbox/totals", timeout=120)
    answer.raise_for_status()
    return {
        dt.date.fromisoformat(day["date"]): (day["sales"], day["sale_lines"], Decimal(day["total"]))
        for day in answer.json()["days"]
    }


def main() -> None:
    """Parse the command line, run the demo, and stay up unless told to do it once."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with Stack(options.data, Ports.from_environment()) as stack:
            _clear(stack, options.data)
            demo = Demo(stack, options)
            result = demo.run()
            if not options.once:
                _stay_up(stack, demo)
    except SandboxError as error:
        sys.exit(f"make demo: {error}")
    except KeyboardInterrupt:
        sys.exit("make demo: stopped.")
    print(json.dumps(result), flush=True)


def _clear(stack: Stack, data: Path) -> None:
    """Begin with nothing: what an earlier demo left, running or on disk, goes."""
    stopped = stack.processes.stop_leftovers()
    if stopped:
        print(f"Stopped what an earlier demo had left running: {', '.join(stopped)}.", flush=True)
    for child in data.iterdir():
        if child != stack.processes.folder:
            shutil.rmtree(child)


def _stay_up(stack: Stack, demo: Demo) -> None:
    requests.post(f"{stack.lightspeed_url}/_sandbox/resume", timeout=30).raise_for_status()
    demo.say(f"Airflow {stack.ports.airflow}, BigQuery {stack.bigquery_url}, Lightspeed {stack.lightspeed_url}.")
    demo.say("Everything stays up; Ctrl-C stops it.")
    while True:
        stack.processes.check()
        time.sleep(2)


def _now() -> dt.datetime:
    return dt.datetime.now(tz=dt.UTC)


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__.splitlines()[0])
    parser.add_argument("--once", action="store_true", help="stop when done; the last line is JSON")
    parser.add_argument("--series", choices=["x_series", "r_series"], default="x_series", help="API of the shop")
    parser.add_argument("--registers", type=int, default=200, help="registers of the shop: they set its rate limit")
    parser.add_argument("--speed", type=float, default=60.0, help="live selling, times the data's own pace")
    parser.add_argument("--live-seconds", type=float, default=90.0, help="how long live sales are watched")
    parser.add_argument("--max-history-sales", type=int, help="only the newest N sales of the history")
    parser.add_argument("--engagement-days", type=int, default=60, help="days of e-mail, web content and social events")
    parser.add_argument("--data", type=Path, default=ROOT / ".sandbox" / "demo", help="where everything persists")
    return Options(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
