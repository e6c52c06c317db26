"""One attempt of a task, in a process of its own that is forked from the warm lane."""

from __future__ import annotations

import ctypes
import dataclasses
import datetime as dt
import functools
import inspect
import json
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from include.landing import tasks
from include.lightspeed import http, r_series
from include.reconciliation import tasks as reconciliation
from include.warehouse import tables
from tests.chaos.clock import Clock
from tests.chaos.interception import Interception
from tests.chaos.schedule import Schedule, TaskFault

KEPT = frozenset(
    {
        "sales",
        "customers",
        "products",
        "ingest_batches",
        "ingest_locks",
        "reconciliation_runs",
        "reconciliation_status",
        "rejected_records",
        "sale_arrivals",
        "sale_versions",
        "schema_changes",
        "forgotten_customers",
        "forgotten_identities",
    }
)
"""What ingestion and reconciliation read and write; the others are not made, so that nothing waits for them."""
HUNG_SECONDS = 90.0
X_RENEWAL = ("/api/1.0/token", ":addVersion")
"""X-Series' old refresh token dies as its successor is issued: nothing survives a kill between these two."""


@dataclasses.dataclass
class Outcome:
    """How an attempt ended."""

    succeeded: bool
    result: Any = None
    error: str = ""
    requests: tuple[str, ...] = ()


@dataclasses.dataclass
class Attempt:
    """An attempt that runs, or is stopped.

    Attributes:
        pid: its process.
        reader: file descriptor that its outcome comes from.
        stopped: whether it was stopped by its fault and waits to go on.
    """

    pid: int
    reader: int
    stopped: bool = False

    def wait(self) -> Outcome | None:
        """Wait for its end; None when it stops instead."""
        deadline = time.monotonic() + HUNG_SECONDS
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
            if pid and os.WIFSTOPPED(status):
                self.stopped = True
                return None
            if pid:
                return self._outcome(status)
            time.sleep(0.002)
        self.kill()
        return Outcome(False, error=f"the attempt hung for {HUNG_SECONDS:.0f} s")

    def go_on(self) -> None:
        """Let a stopped attempt go on."""
        self.stopped = False
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.reader)

    def _outcome(self, status: int) -> Outcome:
        with os.fdopen(self.reader, "rb") as pipe:
            text = pipe.read()
        if not text:
            return Outcome(False, error=f"the process ended with status {status}")
        outcome = Outcome(**json.loads(text))
        outcome.requests = tuple(outcome.requests)
        return outcome


@dataclasses.dataclass(frozen=True)
class Workers:
    """Starts attempts.

    Args:
        clock: shared with the shop.
        lengths: how many requests an undisturbed attempt makes, by way and task.
        prepare: runs first in each attempt's process: removes a safeguard, say.
    """

    clock: Clock
    lengths: dict[str, int]
    prepare: Callable[[], None]

    def start(
        self, schedule: Schedule, task: str, values: dict[str, Any], fault: TaskFault | None, skew: int
    ) -> Attempt:
        """Fork a process that runs an attempt of a task."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid:
            os.close(writer)
            return Attempt(pid, reader)
        os.close(reader)
        status = 1
        try:
            self._run(schedule, task, values, fault, skew, writer)
            status = 0
        finally:
            os._exit(status)

    def _run(
        self, schedule: Schedule, task: str, values: dict[str, Any], fault: TaskFault | None, skew: int, writer: int
    ) -> None:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        index = 1 + int(fault.at * self.lengths.get(f"{schedule.way} {task}", 10)) if fault else 0
        spared = X_RENEWAL if schedule.way == "x_series_oauth" else ()
        interception = Interception(fault, index, spared)
        try:
            interception.install()
            self._set_up(schedule, skew)
            outcome = Outcome(
                True, call(getattr(reconciliation if task in ("compare", "reread", "record") else tasks, task), values)
            )
        except Exception as error:
            if os.environ.get("CHAOS_TRACEBACKS"):
                traceback.print_exc(file=sys.stderr)
            outcome = Outcome(False, error=f"{type(error).__name__}: {str(error)[:300]}")
        outcome.requests = tuple(interception.seen)
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(json.dumps(dataclasses.asdict(outcome)).encode())

    def _set_up(self, schedule: Schedule, skew: int) -> None:
        """Point the clock, the waits and the sizes at this schedule's, and remove what is to be removed."""
        time.sleep = self.clock.sleep  # ty: ignore[invalid-assignment]
        now = self.clock.now
        tasks.utc_now = lambda: now() + dt.timedelta(seconds=skew)  # ty: ignore[invalid-assignment]
        kept = [path for path in tables.table_files() if path.split("/")[0] in KEPT]
        tables.table_files = lambda: kept  # ty: ignore[invalid-assignment]
        (r_series.RSeriesClient.__init__.__kwdefaults__ or {})["page_size"] = schedule.page_size
        http.RetryPolicy = functools.partial(http.RetryPolicy, timeout=(5.0, 0.4))  # ty: ignore[invalid-assignment]
        os.environ["LIGHTSPEED_BATCH_MAX_SALES"] = str(schedule.batch_max)
        logging.disable(logging.CRITICAL)
        self.prepare()


def call(task: Callable[..., Any], values: dict[str, Any]) -> Any:
    """Call a task with those of the values that it takes."""
    return task(**{name: values[name] for name in inspect.signature(task).parameters if name in values})
