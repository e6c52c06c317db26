"""Side effects of a task, counted, and a process that is killed before one of them."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.google.cloud.hooks.gcs import GCSHook
from google.cloud import bigquery
from google.cloud.storage import Blob

WRITES = ("INSERT", "UPDATE", "DELETE", "BEGIN TRANSACTION", "CREATE")


class SideEffects:
    """Counts whatever changes BigQuery or Cloud Storage.

    Args:
        before: called before each with its number, from 0, and what it is.
    """

    def __init__(self, before: Callable[[int, str], None] = lambda number, what: None) -> None:
        self.before, self.seen = before, list[str]()

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Watch from now on."""
        for owner, name in ((bigquery.Client, "query"), (bigquery.Client, "query_and_wait")):
            patch.setattr(owner, name, self._statements(getattr(owner, name)))
        for owner, name in ((Blob, "upload_from_string"), (Blob, "delete"), (GCSHook, "upload"), (GCSHook, "delete")):
            patch.setattr(owner, name, self._always(getattr(owner, name), name))

    def _statements(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def query(client: Any, text: str, *arguments: Any, **named: Any) -> Any:
            statement = "\n".join(line for line in text.splitlines() if not line.startswith("--")).lstrip()
            if statement.startswith(WRITES):
                self._happens(" ".join(statement.split())[:60])
            return real(client, text, *arguments, **named)

        return query

    def _always(self, real: Callable[..., Any], name: str) -> Callable[..., Any]:
        def effect(*arguments: Any, **named: Any) -> Any:
            self._happens(name)
            return real(*arguments, **named)

        return effect

    def _happens(self, what: str) -> None:
        self.before(len(self.seen), what)
        self.seen.append(what)


def killed_before(number: int, work: Callable[[], object]) -> bool:
    """Run `work` in a process of its own that gets SIGKILL before its side effect of that number.

    Returns whether it was killed; False: it came to its end with fewer.
    """
    pid = os.fork()
    if not pid:
        _run(number, work)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the process failed: see its traceback above"
    return os.WIFSIGNALED(status)


def _run(number: int, work: Callable[[], object]) -> None:
    def kill(seen: int, _: str) -> None:
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    status = 1
    try:
        SideEffects(kill).install(pytest.MonkeyPatch())
        work()
        status = 0
    except BaseException:
        traceback.print_exc(file=sys.stderr)
    finally:
        os._exit(status)
