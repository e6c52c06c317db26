"""Parses one DAG file in a fresh interpreter and prints, as JSON, how long it took and what it touched.

Run as `python tests/dags/probe.py DAG_FILE`, the repository on the path. Importing `airflow.sdk` is measured
apart. Sockets, processes, written files and lookups of Variables and Connections are refused and reported; so
are files of the repository that are read and are no Python.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HEAVY = (
    *(
        "pandas",
        "numpy",
        "pyarrow",
        "xgboost",
        "sklearn",
        "google.cloud",
        "google.api_core",
        "googleapiclient",
    ),
    *("airflow.providers.google", "sqlalchemy.orm", "fastapi"),
)
"""Modules, with all below them, that a DAG file must not bring in: each costs every parse and every task."""

_AIRFLOWS_OWN = ["file", "-b", str(Path(sys.executable).resolve())]
"""Airflow imports croniter with the first DAG, and croniter asks whether the interpreter has 64 bits."""

_PROCESSES = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork"}
_SOCKETS = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
_FILES = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "shutil.rmtree", "sqlite3.connect"}
_INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")} | {sys.prefix})


class Watch:
    """Refuses and records what a parse must not do, from `start` on."""

    def __init__(self, folder: Path) -> None:
        self.events: list[str] = []
        self._folder = str(folder)
        self._on = False

    def start(self) -> None:
        sys.addaudithook(self._audit)
        self._refuse_lookups()
        self._on = True

    def stop(self) -> None:
        self._on = False

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._on or (event == "subprocess.Popen" and arguments[1] == _AIRFLOWS_OWN):
            return
        if event in _PROCESSES | _SOCKETS | _FILES and "__pycache__" not in str(arguments[0]):
            self._refuse(f"{event} {arguments[0]!r}")
        elif event == "open":
            self._audit_open(*arguments)

    def _audit_open(self, path: Any, mode: str | None, flags: int) -> None:
        text = str(path)
        if text == os.devnull or "__pycache__" in text or text.startswith(_INSTALLED) or isinstance(path, int):
            return
        writes = any(letter in mode for letter in "wax+") if mode else bool(flags & 3)
        if writes:
            self._refuse(f"open for writing {text!r}")
        elif text.startswith(self._folder) and not text.endswith((".py", ".pyc")):
            self._refuse(f"read {text!r}")

    def _refuse_lookups(self) -> None:
        from airflow.sdk import BaseHook, Connection, Variable

        for owner, name in ((Variable, "get"), (Connection, "get"), (BaseHook, "get_connection")):
            setattr(owner, name, self._refusing(f"{owner.__name__}.{name}"))

    def _refusing(self, name: str) -> Callable[..., None]:
        def refused(*arguments: Any, **_: Any) -> None:
            self._refuse(f"{name} {arguments[0] if arguments else ''!r}")

        return refused

    def _refuse(self, event: str) -> None:
        self.events.append(event)
        raise PermissionError(f"A DAG file did I/O while it was parsed: {event}")


def probe(path: Path) -> dict[str, Any]:
    """Parse the DAG file at `path`; returns CPU seconds, events, heavy modules and the error that ended it."""
    began = time.process_time()
    from airflow.sdk import DAG, Asset, Param, dag, get_current_context, task  # noqa: F401 the SDK loads lazily

    sdk_seconds = time.process_time() - began
    watch, before, error = Watch(path.parents[1]), set(sys.modules), None
    watch.start()
    began = time.process_time()
    try:
        spec = importlib.util.spec_from_file_location("probed_dag_file", path)
        assert spec
        assert spec.loader
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    except Exception as failure:
        error = repr(failure)
    seconds = time.process_time() - began
    watch.stop()
    added = set(sys.modules) - before
    heavy = sorted({name for name in HEAVY for module in added if f"{module}.".startswith(f"{name}.")})
    return {
        "sdk_seconds": sdk_seconds,
        "seconds": seconds,
        "events": watch.events,
        "heavy": heavy,
        "error": error,
    }


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(probe(Path(sys.argv[1]).resolve())) + "\n")
