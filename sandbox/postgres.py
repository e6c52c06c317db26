"""A PostgreSQL server of the machine's own packages, for Airflow's metadata; its data goes when it stops."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

from sandbox.process import SandboxError, free_port

PACKAGED = Path("/usr/lib/postgresql")
"""Where Debian's packages put the servers, a folder a major version; they are not on the PATH."""
USER = "airflow"
_START_SECONDS = 60
_STOP_SECONDS = 30


class Postgres:
    """One server on a free port of the loopback address; a context manager.

    PostgreSQL refuses to run as root: root's server runs as the account `postgres`, or as `nobody`.
    """

    def __enter__(self) -> Postgres:
        self._binaries = binaries()
        self._user, self._group = account()
        self._password = secrets.token_urlsafe(16)
        self._port = free_port()
        # Below the system's temporary folder, which every account may enter; root's home may not be.
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        try:
            self._initialise()
            self._process = self._spawn()
            self._wait()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def url(self) -> str:
        """SQLAlchemy's address of the database."""
        return f"postgresql+psycopg2://{USER}:{self._password}@127.0.0.1:{self._port}/postgres"

    @property
    def version(self) -> str:
        """What the server says of its version, for instance `15.8`."""
        command = [str(self._binaries / "postgres"), "--version"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[2]

    def _initialise(self) -> None:
        password = self._folder / "password"
        password.write_text(self._password)
        if self._user is not None and self._group is not None:
            for path in (self._folder, password):
                os.chown(path, self._user, self._group)
        access = ["--username", USER, "--auth", "scram-sha-256", "--pwfile", str(password)]
        command = [str(self._binaries / "initdb"), "--pgdata", str(self._data), *access, "--encoding", "UTF8"]
        made = subprocess.run(
            [*command, "--locale", "C"],
            check=False,
            capture_output=True,
            text=True,
            cwd=self._folder,
            user=self._user,
            group=self._group,
        )
        if made.returncode:
            raise SandboxError(f"PostgreSQL could not make its database: {made.stderr.strip() or made.stdout.strip()}")
        password.unlink()

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = [
            str(self._binaries / "postgres"),
            *("-D", str(self._data), "-h", "127.0.0.1", "-p", str(self._port)),
            *("-k", str(self._folder), "-c", "max_connections=200"),
        ]
        with self._log.open("wb") as log:
            # Of a session of its own: Ctrl-C reaches it by `_stop` alone, when nothing uses it any more.
            return subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self._folder,
                user=self._user,
                group=self._group,
            )

    def _wait(self) -> None:
        command = [str(self._binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._port)]
        deadline = time.monotonic() + _START_SECONDS
        while subprocess.run(command, check=False).returncode:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise SandboxError(f"PostgreSQL did not start: {self._log.read_text().strip()[-300:]}")
            time.sleep(0.1)

    def _stop(self) -> None:
        process: subprocess.Popen[bytes] | None = getattr(self, "_process", None)
        if process:
            # "Fast": open transactions are rolled back, their clients cut off.
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=_STOP_SECONDS)
            process.kill()
            process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _log(self) -> Path:
        return self._folder / "postgres.log"


def binaries(packaged: Path = PACKAGED) -> Path:
    """Folder of `initdb` and `postgres`: the one on the PATH, else the newest of Debian's packages.

    Raises:
        SandboxError: there is none.
    """
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = [folder for folder in packaged.glob("*/bin") if (folder / "initdb").exists()]
    if not found:
        raise SandboxError("PostgreSQL's server is missing: apt-get install postgresql, then run this again.")
    return max(found, key=lambda folder: float(folder.parent.name))


def account() -> tuple[int, int] | tuple[None, None]:
    """User and group of the unprivileged account that root's server gets; None for everybody else."""
    if os.geteuid():
        return None, None
    accounts = {known.pw_name: known for known in pwd.getpwall()}
    chosen = accounts.get("postgres") or accounts["nobody"]
    return chosen.pw_uid, chosen.pw_gid
