"""Child processes of the sandbox: started, waited for, stopped, and found again after a crash."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

_STOP_SECONDS = 15
_SERVER_PORTS = (15_000, 32_768)


class SandboxError(RuntimeError):
    """Something the person at the keyboard can mend; the message says how."""


@dataclasses.dataclass(frozen=True)
class Service:
    """A server process of the sandbox."""

    name: str
    command: list[str]
    ports: list[int]
    health_url: str
    """Answers with any status below 500 once the service is ready."""
    environment: dict[str, str] = dataclasses.field(default_factory=dict)
    start_seconds: float = 60


class Processes:
    """The running services; their process ids are noted in a file, so that leftovers of a crash are found.

    Args:
        folder: where logs and the note go.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._note = folder / "processes.json"
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def start(self, *services: Service) -> None:
        """Start services side by side and wait until each is ready.

        Raises:
            SandboxError: a port is busy, or a service ended or was not ready in time.
        """
        for service in services:
            _require_free(service)
            self._running[service.name] = self._spawn(service)
            self._write_note()
        for service in services:
            self._wait(service)

    def check(self) -> None:
        """Raise SandboxError if a service has ended by itself."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise SandboxError(self._ended(name, process.returncode))

    def stop(self) -> None:
        """Stop every service, the newest first."""
        for process in reversed(self._running.values()):
            _stop_group(process.pid)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=_STOP_SECONDS)
        self._running.clear()
        self._note.unlink(missing_ok=True)

    def stop_leftovers(self) -> list[str]:
        """Stop what an earlier sandbox left running when it was killed; returns the names."""
        if not self._note.exists():
            return []
        stopped = []
        for name, pid, created in json.loads(self._note.read_text()):
            with contextlib.suppress(psutil.NoSuchProcess):
                if psutil.Process(pid).create_time() == created:
                    _stop_group(pid)
                    stopped.append(name)
        self._note.unlink()
        return stopped

    def log_path(self, name: str) -> Path:
        """File that a service's output goes to."""
        return self.folder / f"{name}.log"

    def _spawn(self, service: Service) -> subprocess.Popen[bytes]:
        with self.log_path(service.name).open("wb") as log:
            return subprocess.Popen(
                service.command,
                env={**os.environ, **service.environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def _write_note(self) -> None:
        rows = []
        for name, process in self._running.items():
            with contextlib.suppress(psutil.NoSuchProcess):
                rows.append((name, process.pid, psutil.Process(process.pid).create_time()))
        self._note.write_text(json.dumps(rows))

    def _wait(self, service: Service) -> None:
        process = self._running[service.name]
        deadline = time.monotonic() + service.start_seconds
        while not _answers(service.health_url):
            if process.poll() is not None:
                raise SandboxError(self._ended(service.name, process.returncode))
            if time.monotonic() > deadline:
                log = self.log_path(service.name)
                raise SandboxError(f"{service.name} was not ready after {service.start_seconds:.0f} s; see {log}.")
            time.sleep(0.1)

    def _ended(self, name: str, code: int) -> str:
        log = self.log_path(name)
        last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["it printed nothing"]
        return f"{name} ended with exit code {code} ({last[0].strip()[:200]}); its log is {log}."


def free_port() -> int:
    """A TCP port of the loopback address that nothing listens on.

    One that the system does not give to connections of its own accord, so that none takes it before the server does.
    """
    while True:
        port = random.SystemRandom().randrange(*_SERVER_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _require_free(service: Service) -> None:
    for port in service.ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise SandboxError(
                    f"Port {port}, which {service.name} needs, is in use: stop what listens there, "
                    f"or choose another with {service.name.upper()}_PORT."
                ) from None


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except (OSError, http.client.HTTPException):
        return False


def _stop_group(pid: int) -> None:
    """End a process and all that it started: asked first, killed when it does not listen."""
    with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        os.killpg(pid, signal.SIGTERM)
        _, alive = psutil.wait_procs(family, timeout=_STOP_SECONDS)
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
