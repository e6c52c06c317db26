"""Runs the API's statements on BigQuery through Airflow's Google connection.

The Google provider takes seconds to import, so it is imported when the first query (or `warm_up`) needs it.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .faults import BUSY, REFUSED, RETRY_AFTER_A_RUN, RETRY_SOON, WarehouseUnavailableError, warehouse_faults
from .settings import ApiSettings

if TYPE_CHECKING:
    from google.cloud.bigquery import Client, QueryJobConfig

QUERIES = Path(__file__).with_name("queries")
"""Folder of the statements."""

Row = dict[str, Any]
Parameters = Mapping[str, tuple[str, Any]]
"""Name of a query parameter -> its BigQuery type and its value; `ARRAY<T>` takes a list."""

_DATASET = re.compile(r"(?:[A-Za-z0-9.-]+:)?[A-Za-z0-9-]+\.[A-Za-z0-9_]+")
_LABELS = {"component": "customer_profiles_api"}


@functools.lru_cache(maxsize=64)
def render(path: Path, dataset: str) -> str:
    """Render the SQL file at `path` for `dataset` (`project.dataset`); only identifiers are rendered.

    Raises:
        ValueError: `dataset` has a character that no BigQuery name has (it could change the statement).
    """
    if not _DATASET.fullmatch(dataset):
        raise ValueError(f"{dataset!r} is not the name of a BigQuery dataset, which is project.dataset.")
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, loader=FileSystemLoader(path.parent))
    return environment.get_template(path.name).render(params={"dataset": dataset})


@dataclasses.dataclass(frozen=True)
class _Connection:
    client: Client
    dataset: str


class Warehouse:
    """BigQuery as the API uses it. One instance serves all threads of a process.

    Args:
        settings: dataset, connection, timeout and the limit of concurrent queries.
    """

    def __init__(self, settings: ApiSettings) -> None:
        self._settings = settings
        self._slots = threading.BoundedSemaphore(settings.max_concurrent_queries)
        self._lock = threading.Lock()
        self._connection: _Connection | None = None
        self.queries = 0
        """Statements sent to BigQuery since the process began."""

    @staticmethod
    def warm_up() -> None:
        """Import what the first query needs, so that no caller waits for it. Opens no connection."""
        import airflow.providers.google.cloud.hooks.bigquery  # noqa: F401

    def query(self, file: str, values: Parameters) -> list[Row]:
        """Run a file of `queries/`; its rows, column name -> value.

        Raises:
            WarehouseUnavailableError: BigQuery is slow or down, refuses the credentials, has no profiles yet,
                or already answers as many queries of this process as the settings allow.
        """
        from google.cloud.bigquery.retry import DEFAULT_RETRY

        seconds = self._settings.query_timeout_seconds
        with self._slot(), warehouse_faults():
            connection = self._connect()
            rows = connection.client.query_and_wait(
                render(QUERIES / file, connection.dataset),
                job_config=_job_config(values, seconds, self._settings.maximum_gb_billed),
                api_timeout=seconds,
                wait_timeout=seconds,
                retry=DEFAULT_RETRY.with_timeout(seconds),
                job_retry=None,  # ty: ignore[invalid-argument-type]
            )
            return [dict(row) for row in rows]

    @contextmanager
    def _slot(self) -> Generator[None]:
        if not self._slots.acquire(blocking=False):
            raise WarehouseUnavailableError(BUSY, RETRY_SOON)
        try:
            yield
        finally:
            self._slots.release()

    def _connect(self) -> _Connection:
        with self._lock:
            self.queries += 1
            if self._connection is None:
                self._connection = _open(self._settings)
            return self._connection


def _open(settings: ApiSettings) -> _Connection:
    from airflow.providers.google.cloud.hooks.bigquery import BigQueryHook

    hook = BigQueryHook(gcp_conn_id=settings.gcp_conn_id, location=settings.location, use_legacy_sql=False)
    project = settings.project or hook.project_id
    if not project:
        raise WarehouseUnavailableError(REFUSED, RETRY_AFTER_A_RUN)
    client = hook.get_client(project_id=project, location=settings.location)
    # BigQuery's short query mode: a small result comes back without a job being created.
    client.default_job_creation_mode = "JOB_CREATION_OPTIONAL"
    return _Connection(client, f"{project}.{settings.dataset}")


def _job_config(values: Parameters, seconds: float, maximum_gb_billed: int) -> QueryJobConfig:
    from google.cloud.bigquery import QueryJobConfig

    return QueryJobConfig(
        query_parameters=[_parameter(name, kind, value) for name, (kind, value) in values.items()],
        job_timeout_ms=int(seconds * 1000),
        maximum_bytes_billed=maximum_gb_billed * 1024**3,
        labels=_LABELS,
    )


def _parameter(name: str, kind: str, value: Any) -> Any:
    from google.cloud.bigquery import ArrayQueryParameter, ScalarQueryParameter

    if kind.startswith("ARRAY<"):
        return ArrayQueryParameter(name, kind[len("ARRAY<") : -1], value)
    return ScalarQueryParameter(name, kind, value)
