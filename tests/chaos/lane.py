"""A lane: one set of services, kept warm, in which one schedule is run after the other."""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import gc
import json
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from include.warehouse.sql import render
from sandbox import stack as stacks
from sandbox.connections import lightspeed_variables
from sandbox.process import Service
from sandbox.stack import BUCKET, PROJECT, Ports, Stack
from tests.chaos.attempt import KEPT, Workers
from tests.chaos.checker import Checker, Found
from tests.chaos.clock import Clock
from tests.chaos.dag_run import DagRun, Log
from tests.chaos.schedule import Act, FaultsEnd, Pause, Run, Schedule, ShopFault, Step, Twins
from tests.chaos.shop import serve
from tests.chaos.till import Till
from tests.chaos.truth import Truth

DATASET = "chaos"
IDLE_RUNS = 12
"""Runs within which a shop without faults must be read to its end."""
SETTINGS = {
    "BIGQUERY_DATASET": DATASET,
    "LIGHTSPEED_IDLE_SECONDS": "0.2",
    "LIGHTSPEED_POLL_SECONDS": "0.2",
    "LIGHTSPEED_REFERENCE_POLL_SECONDS": "60",
    "RECONCILE_RECENT_DAYS": "12",
    "RECONCILE_GRACE_SECONDS": "0.001",
}


@dataclasses.dataclass
class Verdict:
    """What came out of one schedule."""

    schedule: Schedule
    problems: list[str]
    log: Log
    seconds: float


class ChaosStack(Stack):
    """The sandbox's warehouse, its BigQuery with plain tables."""

    def _bigquery(self) -> Service:
        service = super()._bigquery()
        command = [str(stacks._sandbox_python()), str(Path(__file__).with_name("bigquery.py"))]
        return dataclasses.replace(service, command=command + service.command[1:])

    def restart(self, name: str) -> None:
        """Kill a service as a machine that fails does, and start it again."""
        process = self.processes._running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.processes.start(self._bigquery() if name == "bigquery" else self._storage())


class Lane:
    """Runs schedules.

    Args:
        stack: BigQuery and Cloud Storage.
        till: the shop.
        clock: of shop and workers.
        prepare: runs first in every worker process: removes a safeguard, say.
    """

    def __init__(self, stack: ChaosStack, till: Till, clock: Clock, prepare: Callable[[], None]) -> None:
        self._stack, self._till, self._clock = stack, till, clock
        self._lengths: dict[str, int] = {}
        self._workers = Workers(clock, self._lengths, prepare)
        self._client = bigquery.Client(project=PROJECT, credentials=AnonymousCredentials(), location="US")
        self._jwt_key = _jwt_key()
        self._log = Log()
        self._previous: Any = None
        self._runs = 0
        self._left: list[DagRun] = []
        self._name = f"{PROJECT}.{DATASET}"
        self._make_tables()

    def run(self, schedule: Schedule) -> Verdict:
        """Run a schedule from an empty warehouse to the comparison with the shop."""
        begun = time.monotonic()
        self._log = Log()
        if f"{schedule.way} extract" not in self._lengths:
            self._record(schedule)
        problems: list[str] = []
        self._open(schedule)
        for _ in range(schedule.repeats):
            for step in schedule.steps:
                self._step(schedule, step)
            problems = self._settle(schedule)
            if problems:
                break
        return Verdict(schedule, problems, self._log, time.monotonic() - begun)

    def _record(self, schedule: Schedule) -> None:
        """An undisturbed run of this way to the shop tells how many requests each task makes."""
        quiet = dataclasses.replace(schedule, steps=())
        self._open(quiet)
        for number in range(3):
            self._till.act(Act("sale", which=number))
        self._measure(self._new_run(quiet, Run()), schedule.way)
        self._till.act(Act("quiet edit", amount=7))
        self._measure(self._new_run(quiet, Run(dag="reconcile_sales")), schedule.way)
        self._log = Log()

    def _measure(self, run: DagRun, way: str) -> None:
        while not run.is_over:
            task = run.present
            before = self._log.requests
            run.task()
            self._lengths[f"{way} {task}"] = self._log.requests - before

    def _open(self, schedule: Schedule) -> None:
        """An empty warehouse, a new shop."""
        self._clock.reset()
        script = "".join(f"TRUNCATE TABLE `{self._name}.{table}`;" for table in self._tables)
        self._query(script)
        for table in self._staging():
            self._client.delete_table(f"{self._name}.{table}")
        shutil.rmtree(self._bucket, ignore_errors=True)
        self._bucket.mkdir(parents=True)
        self._till.open(schedule, self._jwt_key)
        os.environ.pop("LIGHTSPEED_TOKEN", None)
        os.environ |= _connection(self._stack, schedule)
        self._previous, self._runs = None, 0

    def _step(self, schedule: Schedule, step: Step) -> None:
        if isinstance(step, Act):
            self._log.note(f"  {self._till.act(step)}")
            return
        self._log.note(f"  {step}")
        if isinstance(step, Pause):
            self._clock.skip(step.seconds)
        elif isinstance(step, ShopFault):
            self._till.spoil(step)
            self._log.count(f"Lightspeed: {step.kind}")
        elif isinstance(step, FaultsEnd):
            self._till.mend()
        elif isinstance(step, Run):
            self._finish([self._new_run(schedule, step)])
        else:
            self._twins(schedule, step)

    def _twins(self, schedule: Schedule, step: Twins) -> None:
        runs = [self._new_run(schedule, run) for run in (step.first, step.second)]
        self._log.count("two runs at once")
        for who in step.order:
            present = [run for run, name in zip(runs, "ab", strict=True) if who in {name, "&"} and not run.is_over]
            for act in (DagRun.begin, DagRun.end):
                for run in present:
                    act(run)
        self._finish(runs)

    def _new_run(self, schedule: Schedule, run: Run) -> DagRun:
        self._runs += 1
        name = f"run-{schedule.seed}-{self._runs}"
        context = (self._previous, self._restart, self._till.act, self._log)
        return DagRun(self._workers, schedule, run, name, *context)

    def _finish(self, runs: list[DagRun]) -> None:
        for run in runs:
            while not run.is_over:
                run.task()
            if run.succeeded and run.dag == "lightspeed_to_bigquery":
                self._previous = run.started
        for run in [*self._left, *runs]:
            run.release("run", *(["next run"] if run in self._left else []))
        self._left = [run for run in runs if run.has_stopped]

    def _restart(self, name: str) -> None:
        self._stack.restart(name)

    def _settle(self, schedule: Schedule) -> list[str]:
        """All faults off: read on until nothing is new, then compare."""
        self._till.mend()
        self._clock.skip(61)
        if any(kind.startswith("stop") for kind in self._log.met):
            # One more batch, after every stopped attempt has gone on: its teardown finds what they left.
            self._finish([self._new_run(schedule, Run())])
            self._log.note(f"  {self._till.act(Act('sale', which=1))}")
        for _ in range(IDLE_RUNS):
            run = self._new_run(schedule, Run())
            self._finish([run])
            if run.succeeded and not run.batches and not self._left:
                return [*self._reconcile(schedule), *self._compare(schedule)]
        return [f"the pipeline does not come to rest within {IDLE_RUNS} runs", *self._compare(schedule)]

    def _reconcile(self, schedule: Schedule) -> list[str]:
        """What Lightspeed told nobody of is found by an undisturbed reconciliation, where there is any."""
        if not schedule.needs_reconciliation:
            return []
        run = self._new_run(schedule, Run(dag="reconcile_sales"))
        self._finish([run])
        return [] if run.succeeded else ["the reconciliation without faults failed"]

    def _compare(self, schedule: Schedule) -> list[str]:
        series = "r_series" if schedule.way == "r_series" else "x_series"
        truth = Truth(self._till.store, series, self._till.malformed)
        malformed = (self._till.ever_malformed, self._till.malformed)
        return Checker(truth, self._bucket, malformed).problems(self._found())

    def _found(self) -> Found:
        read = {
            name: self._query(f"SELECT * FROM `{self._name}.{table}`")
            for name, table in (
                ("sales", "sales"),
                ("customers", "customers"),
                ("products", "products"),
                ("ledger", "ingest_batches"),
                ("rejected", "rejected_records"),
            )
        }
        return Found(**read, tables=self._staging())

    def _staging(self) -> list[str]:
        names = [table.table_id for table in self._client.list_tables(self._name)]
        return [name for name in names if name.startswith("staging_")]

    def _query(self, statement: str) -> list[dict[str, Any]]:
        return [dict(row) for row in self._client.query_and_wait(statement)]

    @property
    def _bucket(self) -> Path:
        return self._stack.data / "gcs" / BUCKET

    def _make_tables(self) -> None:
        self._client.create_dataset(self._name)
        from include.warehouse.tables import table_files

        paths = [path for path in table_files() if path.split("/")[0] in KEPT]
        self._tables = [path.split("/")[0] for path in paths if path.endswith("/table.sql")]
        for path in paths:
            self._query(render(path, dataset=self._name))


@contextmanager
def open_lane(prepare: Callable[[], None] = lambda: None) -> Generator[Lane]:
    """A lane with services of its own, on free ports and in memory where there is room."""
    logging.disable(logging.WARNING)
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=memory if memory.is_dir() else None))
    clock, stack = Clock(), ChaosStack(folder, Ports.free())
    shop = _fork(lambda: serve(folder / "shop", stack.ports.lightspeed, clock))
    try:
        with stack:
            stack.start_warehouse()
            url = stack.lightspeed_url
            _wait(f"{url}/chaos/malformed")
            os.environ |= stack.environment() | SETTINGS | {"SECRET_MANAGER_URL": url}
            _warm_up()
            yield Lane(stack, Till(url, clock), clock, prepare)
    finally:
        os.kill(shop, signal.SIGKILL)
        os.waitpid(shop, 0)
        shutil.rmtree(folder, ignore_errors=True)


def _warm_up() -> None:
    """Import all that tasks import, and look everything up once: forked attempts begin with it done."""
    from airflow.sdk import Connection

    from include.landing import commit, extract, ledger, load
    from include.lightspeed import connection
    from include.settings import Settings
    from include.warehouse import tables
    from include.warehouse.client import bigquery_client, storage_hook

    settings = Settings.from_environment()
    warehouse = bigquery_client(settings)
    list(warehouse.query_and_wait("SELECT 1"))
    storage_hook(settings).get_conn().bucket(settings.landing_bucket).exists()
    with contextlib.suppress(Exception):
        Connection.get("google_cloud_default")
    assert all((commit, extract, ledger, load, connection, tables))
    gc.collect()
    gc.freeze()


def _fork(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    try:
        work()
    finally:
        sys.stdout.flush()
        os._exit(0)


def _wait(url: str) -> None:
    for _ in range(200):
        try:
            requests.post(url, json={"sale_ids": []}, timeout=5).raise_for_status()
        except requests.RequestException:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{url} does not answer.")


def _connection(stack: ChaosStack, schedule: Schedule) -> dict[str, str]:
    """The connection of the schedule's way to the shop, with its page size."""
    variables = lightspeed_variables(stack, schedule.way)
    connection: dict[str, Any] = {"conn_type": "http", "host": stack.lightspeed_url}
    connection |= {"password": variables.get("LIGHTSPEED_TOKEN"), "extra": {"series": "x_series"}}
    if "AIRFLOW_CONN_LIGHTSPEED_DEFAULT" in variables:
        connection = json.loads(variables["AIRFLOW_CONN_LIGHTSPEED_DEFAULT"])
    if schedule.way != "r_series":
        connection["extra"]["page_size"] = schedule.page_size
    return {"AIRFLOW_CONN_LIGHTSPEED_DEFAULT": json.dumps(connection)}


def _jwt_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
