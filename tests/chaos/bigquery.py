"""Run by the sandbox's own Python: the local BigQuery with its tables in plain DuckDB files.

The emulator, its SQL and its transactions are the same as elsewhere. The format of the tables differs, tables are
looked up by name instead of in a list of all, and what nobody reads is not kept (the parts of a script as jobs of
their own, old results): a statement is about ten times as fast. What a killed emulator had not finished is forgotten
at its next start.
"""

from __future__ import annotations

import ctypes
import importlib
import signal
import threading
import time
from typing import Any

duckdb: Any = importlib.import_module("duckdb")
database: Any = importlib.import_module("local_bigquery.engine.database")

KEPT_RESULTS, TIDY_SECONDS = 40, 15.0


def attach(connection: Any, project: str) -> None:
    """Attach a project's tables: a DuckDB file instead of a lake."""
    path = database.settings.data_dir / f"{project}.duckdb"
    connection.execute(f"ATTACH IF NOT EXISTS '{path}' AS {database.quote(project)}")
    database._attached.add(project)


def connect(*arguments: Any, **options: Any) -> Any:
    """Connect with one thread a statement: the statements are small."""
    config = {**options.pop("config", {}), "threads": 1}
    return real_connect(*arguments, config=config, **options)


def objects(project: str, dataset: str, table: str | None = None) -> list[tuple[str, str, int]]:
    """Tables by name; there are no views here."""
    if table is None:
        return real_objects(project, dataset)
    try:
        return [(table, "TABLE", real_fetch(f"SELECT count(*) FROM {database.quote(project, dataset, table)}")[0][0])]
    except duckdb.CatalogException:
        return []


def fetch(sql: str, params: list[Any] | None = None) -> list[tuple[Any, ...]]:
    """Answer questions about one table's columns from that table."""
    if params and sql.startswith("SELECT column_name FROM duckdb_columns()"):
        try:
            columns = real_fetch(f"PRAGMA table_info({database.quote('.'.join(map(database.quote, params)))})")
        except duckdb.CatalogException:
            return []
        return [(column[1],) for column in columns if column[3]]
    if sql.startswith("SELECT 1 FROM duckdb_columns()"):
        return []  # no table here is partitioned by the time of ingestion
    return real_fetch(sql, params)


def save(job: Any) -> Any:
    """Keep a job, but not the parts of a script."""
    return job if job.statistics.parentJobId else real_save(job)


def tidy() -> None:
    """Drop all results but the newest."""
    while True:
        time.sleep(TIDY_SECONDS)
        found = real_fetch("SELECT table_name FROM duckdb_tables() WHERE schema_name = '_results' ORDER BY table_oid")
        for (name,) in found[:-KEPT_RESULTS]:
            database.execute(f"DROP TABLE IF EXISTS {database.quote('emulator', '_results', name)}")


def main() -> None:
    """Serve, and end with the process that started it."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    database._attach, database.objects, database.fetch = attach, objects, fetch
    database.projects = lambda: [database.settings.default_project_id]
    duckdb.connect = connect
    cli: Any = importlib.import_module("local_bigquery.cli")
    store: Any = importlib.import_module("local_bigquery.jobs.store")
    grpc: Any = importlib.import_module("local_bigquery.grpc.server")
    store.save = save
    grpc.start, grpc.stop = begin, lambda *_: None
    cli.main()


def begin(*_: Any) -> tuple[Any, None]:
    """Take up what the last process left; instead of the Storage API, which nobody asks here."""
    database.execute("DELETE FROM emulator.jobs WHERE state <> 'DONE'")
    threading.Thread(target=tidy, daemon=True).start()
    return importlib.import_module("local_bigquery.grpc.server"), None


real_connect, real_fetch, real_objects = duckdb.connect, database.fetch, database.objects
real_save: Any = importlib.import_module("local_bigquery.jobs.store").save
if __name__ == "__main__":
    main()
