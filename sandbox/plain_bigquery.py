"""Run by the sandbox's own Python: the local BigQuery with its tables in plain DuckDB files.

The emulator, its SQL and its transactions are the same. The format of the tables differs, a table's columns are looked
up by its name instead of in a list of all, and the parts of a script are not kept as jobs of their own: a statement
takes a fraction of the time. For tests and the freshness benchmark, whose tables are small; a demo's millions of rows
stay in the usual format.
"""

from __future__ import annotations

import importlib
from typing import Any

duckdb: Any = importlib.import_module("duckdb")
database: Any = importlib.import_module("local_bigquery.engine.database")


def attach(connection: Any, project: str) -> None:
    """Attach a project's tables: a DuckDB file instead of a lake."""
    path = database.settings.data_dir / f"{project}.duckdb"
    connection.execute(f"ATTACH IF NOT EXISTS '{path}' AS {database.quote(project)}")
    database._attached.add(project)


def fetch(sql: str, params: list[Any] | None = None) -> list[tuple[Any, ...]]:
    """Answer questions about one table's columns from that table."""
    if not params or "FROM duckdb_columns()" not in sql:
        return real_fetch(sql, params)
    project, dataset, table, *names = params
    try:
        rows = real_fetch(f"PRAGMA table_info({database.quote(database.quote(project, dataset, table))})")
    except duckdb.CatalogException:
        return []
    if names:
        return [(1,) for row in rows if row[1] == names[0]]
    return [(row[1],) for row in rows if row[3]]


def save(job: Any) -> Any:
    """Keep a job, but not the parts of a script."""
    return job if job.statistics.parentJobId else real_save(job)


def main() -> None:
    """Serve, with the arguments of `local-bigquery`."""
    database._attach, database.fetch = attach, fetch
    database.projects = lambda: [database.settings.default_project_id]
    store.save = save
    cli: Any = importlib.import_module("local_bigquery.cli")
    cli.main()


store: Any = importlib.import_module("local_bigquery.jobs.store")
real_fetch, real_save = database.fetch, store.save
if __name__ == "__main__":
    main()
