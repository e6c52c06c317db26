"""SQL files of `include/sql`: found from this file's own place, identifiers rendered by Jinja.

Only identifiers (dataset, staging tables) are rendered; values are query parameters, bound by BigQuery.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

SQL_ROOT = Path(__file__).resolve().parents[1] / "sql"
"""Folder of the SQL files; on Composer it lies below `dags/include`."""

_IDENTIFIER = re.compile(r"[A-Za-z0-9_.:-]+")


@functools.cache
def _environment() -> jinja2.Environment:
    # The same sandboxed environment that Airflow renders templated fields with, strict about missing names.
    return ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader(SQL_ROOT), undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )


def render(path: str, **params: str) -> str:
    """Render the SQL file at `path` (relative to `include/sql`) with identifiers bound under `params`.

    Raises:
        ValueError: an identifier has a character that no BigQuery name has (it could change the statement).
        jinja2.UndefinedError: the file names an identifier that was not given.
    """
    for name, identifier in params.items():
        if not _IDENTIFIER.fullmatch(identifier):
            raise ValueError(f"{identifier!r} given as {name} of {path} is not a BigQuery identifier.")
    return _environment().get_template(path).render(params=params)


def table_files() -> list[str]:
    """Paths of the `table.sql` of every table, then of every view (`view.sql`), in a fixed order."""
    return [
        path.relative_to(SQL_ROOT).as_posix()
        for name in ("table.sql", "view.sql")
        for path in sorted(SQL_ROOT.glob(f"*/{name}"))
    ]
