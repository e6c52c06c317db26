"""Airflow's audit log knows every read of a person: nothing is served before its rows are committed.

Rows of requests that come at the same time share a commit, so that the log does not slow the readers down.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import datetime as dt
import json
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any

from .security import DAG_ID

log = logging.getLogger(__name__)

IDS_PER_ROW = 100
"""A batch of customers becomes several rows: MySQL's TEXT ends at 64 kB."""
MOST_ROWS_PER_COMMIT = 500
WAIT_SECONDS = 5.0

Row = dict[str, Any]


class AuditUnavailableError(Exception):
    """The audit log could not be written: the read is refused."""

    retry_after = 10


def write_to_airflow(rows: Sequence[Row]) -> None:
    """Insert rows into Airflow's table `log` and commit them."""
    from airflow.models.log import Log
    from airflow.utils.session import create_session

    with create_session() as session:
        session.execute(Log.__table__.insert(), list(rows))


class AuditLog:
    """Writes who read which customers; `record` returns once that is durable.

    Args:
        write: stores rows durably, or raises.
    """

    def __init__(self, write: Callable[[Sequence[Row]], None] = write_to_airflow) -> None:
        self._write = write
        self._waiting: queue.SimpleQueue[tuple[list[Row], concurrent.futures.Future[None]]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._writer: threading.Thread | None = None

    @property
    def waiting(self) -> int:
        """Reads whose rows are not on their way to the database yet."""
        return self._waiting.qsize()

    def record(self, event: str, reader: str, customer_ids: Sequence[str]) -> None:
        """Wait until the log says that `reader` has read these customers.

        Raises:
            AuditUnavailableError: it could not be written in time.
        """
        if not customer_ids:
            return
        try:
            self._submit(event, reader, customer_ids).result(WAIT_SECONDS)
        except Exception as error:
            raise _refused(reader) from error

    async def record_async(self, event: str, reader: str, customer_ids: Sequence[str]) -> None:
        """The same for a coroutine: no thread waits for the commit.

        Raises:
            AuditUnavailableError: it could not be written in time.
        """
        try:
            done = asyncio.wrap_future(self._submit(event, reader, customer_ids))
            await asyncio.wait_for(done, WAIT_SECONDS)
        except Exception as error:
            raise _refused(reader) from error

    def _submit(self, event: str, reader: str, customer_ids: Sequence[str]) -> concurrent.futures.Future[None]:
        done: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._waiting.put((_rows(event, reader, customer_ids), done))
        self._start()
        return done

    def _start(self) -> None:
        with self._lock:
            if self._writer is None:
                self._writer = threading.Thread(target=self._run, name="customer-profiles-audit", daemon=True)
                self._writer.start()

    def _run(self) -> None:
        while True:
            taken = [self._waiting.get()]
            rows = list(taken[0][0])
            while len(rows) < MOST_ROWS_PER_COMMIT and not self._waiting.empty():
                taken.append(self._waiting.get())
                rows += taken[-1][0]
            self._commit(rows, [done for _, done in taken])

    def _commit(self, rows: list[Row], waiting: list[concurrent.futures.Future[None]]) -> None:
        # A caller that has gone away has cancelled its future: its read is logged all the same.
        awaited = [done for done in waiting if done.set_running_or_notify_cancel()]
        try:
            self._write(rows)
        except Exception as error:
            for done in awaited:
                done.set_exception(error)
        else:
            for done in awaited:
                done.set_result(None)


def _refused(reader: str) -> AuditUnavailableError:
    log.exception("The audit log cannot be written: a read of %r was refused.", reader)
    return AuditUnavailableError("The audit log cannot be written now.")


def _rows(event: str, reader: str, customer_ids: Sequence[str]) -> list[Row]:
    now = dt.datetime.now(dt.UTC)
    return [
        {
            "dttm": now,
            "dag_id": DAG_ID,
            "event": event,
            "owner": reader,
            "owner_display_name": reader,
            "extra": json.dumps({"customer_ids": list(customer_ids[start : start + IDS_PER_ROW])}),
        }
        for start in range(0, len(customer_ids), IDS_PER_ROW)
    ]
