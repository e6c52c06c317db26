"""A run of a DAG as Airflow makes it: tasks in order, retries under the same run id, the teardown whatever failed."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

from tests.chaos.attempt import Attempt, Outcome, Workers
from tests.chaos.schedule import ATTEMPTS, TASKS_OF, Act, Run, Schedule, TaskFault


@dataclasses.dataclass
class Log:
    """What went on in a schedule: for the person who looks for the cause, and for the counts at the end."""

    lines: list[str] = dataclasses.field(default_factory=list)
    met: dict[str, int] = dataclasses.field(default_factory=dict)
    requests: int = 0

    def note(self, line: str) -> None:
        """Add a line."""
        self.lines.append(line)

    def count(self, kind: str) -> None:
        """Count a fault that happened."""
        self.met[kind] = self.met.get(kind, 0) + 1


class DagRun:
    """One run.

    Args:
        workers: start its attempts.
        schedule: sizes and the way to the shop.
        run: the faults that it meets.
        run_id: its name.
        previous_start: when the last successful run began.
        restart: kills a service and starts it again.
        act: does something in the shop.
        log: what went on.
    """

    def __init__(
        self,
        workers: Workers,
        schedule: Schedule,
        run: Run,
        run_id: str,
        previous_start: dt.datetime | None,
        restart: Callable[[str], None],
        act: Callable[[Act], str],
        log: Log,
    ) -> None:
        self._workers, self._schedule, self._run = workers, schedule, run
        self._restart, self._act, self._log = restart, act, log
        self.run_id, self.dag = run_id, run.dag
        self.started = workers.clock.now()
        self.succeeded = False
        self.batches: list[dict[str, Any]] = []
        self._values: dict[str, Any] = {"dag_run_id": run_id, "previous_start": previous_start, "batches": []}
        self._values |= {"first_day": None, "last_day": None, "may_reread": True}
        self._waiting = list(TASKS_OF[run.dag])
        self._decisive = "commit" if run.dag == "lightspeed_to_bigquery" else "record"
        self._number = 0
        self._running: tuple[Attempt, TaskFault | None] | None = None
        self._stopped: list[tuple[Attempt, TaskFault]] = []

    @property
    def is_over(self) -> bool:
        """Whether no task is left."""
        return not self._waiting

    @property
    def present(self) -> str:
        """The task that is next or runs."""
        return self._waiting[0]

    @property
    def has_stopped(self) -> bool:
        """Whether an attempt waits to go on."""
        return bool(self._stopped)

    def begin(self) -> None:
        """Start the next attempt of the present task."""
        self._number += 1
        task = self._waiting[0]
        fault = next((each for each in self._run.faults if (each.task, each.attempt) == (task, self._number)), None)
        values = self._values | dict.fromkeys(("attempt", "try_number"), self._number)
        attempt = self._workers.start(self._schedule, task, values, fault, self._run.skew)
        self._running = (attempt, fault)

    def end(self) -> None:
        """Wait for the attempt; its outcome decides what comes next."""
        if self._running is None:
            raise RuntimeError("No attempt was begun.")
        (attempt, fault), self._running = self._running, None
        outcome = attempt.wait()
        while outcome is None and fault and fault.how != "stop":
            self._meanwhile(fault)
            attempt.go_on()
            outcome = attempt.wait()
        if outcome is None and fault:
            self._stopped.append((attempt, fault))
            self._meanwhile(fault)
            outcome = Outcome(False, error="the attempt was stopped, its heartbeat is missed")
        self._settle(outcome or Outcome(False), fault)

    def task(self) -> None:
        """Go through the present task with its retries."""
        before = self._waiting[0]
        while self._waiting and self._waiting[0] == before:
            self.begin()
            self.end()

    def release(self, *when: str) -> None:
        """Let stopped attempts go on whose time has come, and wait for them."""
        for attempt, fault in [each for each in self._stopped if each[1].until in when]:
            self._stopped.remove((attempt, fault))
            attempt.go_on()
            outcome = attempt.wait()
            self._log.note(f"    {fault.task} attempt {fault.attempt} went on: {outcome and (outcome.error or 'done')}")

    def _meanwhile(self, fault: TaskFault) -> None:
        """What goes on while an attempt stands still."""
        if fault.how.startswith("restart"):
            self._restart(fault.how.split()[1])
            self._log.count(fault.how)
        for act in fault.acts:
            self._log.note(f"    meanwhile {self._act(act)}")
        if fault.how == "act":
            self._log.count(f"act in {fault.task}")

    def _settle(self, outcome: Outcome, fault: TaskFault | None) -> None:
        task = self._waiting[0]
        self._log.requests += len(outcome.requests)
        if fault and (fault.how in {"cut", "503"} or (fault.how in {"kill", "stop"} and not outcome.succeeded)):
            self._log.count(f"{fault.how} in {task}")
        lands = task in {"extract", "reread"} and outcome.result is not None
        what = outcome.error or (_names(outcome.result) if lands else "done")
        self._log.note(f"    {self.run_id} {task} attempt {self._number}: {what}")
        if outcome.succeeded:
            self._done(task, outcome.result)
        elif self._number >= ATTEMPTS:
            self._failed(task)
        self.release(*(["retry"] if outcome.succeeded or not self._waiting else []))

    def _done(self, task: str, result: Any) -> None:
        self._waiting.pop(0)
        self._number = 0
        if task == "compare":
            self._values["checks"] = result
        if task in {"extract", "reread"}:
            self.batches = self._values["batches"] = result
        nothing = (task == "compare" and result is None) or (task == "extract" and not result)
        if nothing:
            self._waiting = []
        if task == "reread" and not result:
            self._waiting = ["record"]
        self.succeeded = self.succeeded or nothing or task == self._decisive

    def _failed(self, task: str) -> None:
        """After its last attempt nothing follows but the teardown, whose setup landed; after a teardown, the record."""
        self._number = 0
        follows = {"load": "drop_staging", "commit": "drop_staging", "drop_staging": "record"}.get(task)
        self._waiting = [each for each in self._waiting if each == follows]


def _names(batches: list[dict[str, Any]]) -> str:
    return ", ".join(f"{batch['batch_id']} ({batch['records']})" for batch in batches) or "nothing new"
