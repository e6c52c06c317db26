"""The repository's SQL files: found, rendered as production does, and analysed against their own tables."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
import zetasql.types as zt
from jinja2 import nodes as jinja_nodes

from include.landing.load import ADDED_BY_COMMIT, HEADER_COLUMNS, REJECTED_COLUMNS
from include.replay.shadow import STATES
from include.replay.tables import KINDS, TABLES
from include.warehouse import sql as warehouse_sql
from tests.sql.bound_parameters import ANY_NAME, bound
from tests.sql.googlesql import GoogleSqlError, analyse_statement
from tests.sql.zetasql_analysis import Script, analyse

ROOT = Path(__file__).resolve().parents[2]
SQL_FOLDERS = (ROOT / "include", ROOT / "plugins", ROOT / "dags")
DATASET = "a-project.livhana_prod"


def _loads(kind: str) -> Callable[[str], bool]:
    return lambda column: column in STATES[kind] if kind in STATES else column not in ADDED_BY_COMMIT


_STAGED_FROM: dict[str, tuple[str, Callable[[str], bool]]] = {
    "staging_headers": ("sale_versions", lambda column: column in HEADER_COLUMNS),
    "staging_rejected": ("rejected_records", lambda column: column in REJECTED_COLUMNS),
    "staging_predictions": ("customer_predictions", lambda _: True),
    "features": ("customer_features", lambda _: True),
    "held": ("sales", lambda _: True),
    "held_days": ("customer_features", lambda _: True),
    "held_records": ("rejected_records", lambda _: True),
    "held_identities": ("customer_identities", lambda _: True),
    "export_table": ("", lambda _: False),
    **{f"replay_{kind}": (table, _loads(kind)) for kind, table in KINDS.items()},
    **{f"shadow_{table}": (table, lambda _: True) for table in TABLES},
}
"""Identifier of a short-lived table -> the table whose columns it takes, and which of them."""

_COLUMNS = {"person_column": "customer_id", "time_column": "timestamp", "day_column": "snapshot_date"}
"""Identifier of a column -> one that stands for it in the table that stands for its table."""

GA4_EXPORT = """
CREATE TABLE `{name}` (
  event_date STRING, event_timestamp INT64, event_name STRING, event_bundle_sequence_id INT64, user_id STRING,
  event_params ARRAY<STRUCT<key STRING, value STRUCT<
    string_value STRING, int_value INT64, float_value FLOAT64, double_value FLOAT64>>>,
  user_pseudo_id STRING, traffic_source STRUCT<name STRING, medium STRING, source STRING>
)
"""
"""Columns of the GA4 export that every age of it has (support.google.com/analytics/answer/7029846)."""


def sql_files() -> list[str]:
    """Paths of every SQL file of production, relative to the repository, sorted."""
    return sorted(path.relative_to(ROOT).as_posix() for folder in SQL_FOLDERS for path in folder.rglob("*.sql"))


def table_files() -> list[str]:
    """Paths of the files that make a table or a view."""
    return [path for path in sql_files() if Path(path).name in {"table.sql", "view.sql"}]


def rendered(path: str) -> str:
    """Render a file through the function that production uses for its folder.

    Raises:
        AssertionError: the file asks for an identifier that no known table stands behind.
    """
    if path.startswith("plugins/"):
        return _plugin_renderer()(ROOT / path, DATASET)
    names = identifiers((ROOT / path).read_text("utf-8"))
    relative = (ROOT / path).relative_to(warehouse_sql.SQL_ROOT).as_posix()
    return warehouse_sql.render(relative, **{name: _table_name(name, path) for name in names})


def identifiers(template: str, seen: frozenset[str] = frozenset(), folder: Path = warehouse_sql.SQL_ROOT) -> set[str]:
    """Names under `params` that a template and the files which it includes ask for."""
    tree = jinja2.Environment(autoescape=False).parse(template)
    found = {
        node.attr
        for node in tree.find_all(jinja_nodes.Getattr)
        if isinstance(node.node, jinja_nodes.Name) and node.node.name == "params"
    }
    for node in tree.find_all(jinja_nodes.Include):
        included = node.template.as_const()
        if included not in seen:
            text = (folder / included).read_text("utf-8")
            found |= identifiers(text, seen | {included}, folder)
    return found


@functools.cache
def tables() -> tuple[zt.SimpleTable, ...]:
    """The dataset as its own CREATE statements make it; one that does not analyse is left out.

    Views wait until what they read is there. The file of a statement that is left out fails its own test.
    """
    made: dict[str, zt.SimpleTable] = {}
    waiting = table_files()
    while True:
        left = [path for path in waiting if not _create(path, made)]
        if len(left) == len(waiting):
            return tuple(made.values())
        waiting = left


def _create(path: str, made: dict[str, zt.SimpleTable]) -> bool:
    try:
        script = analyse(rendered(path), made.values())
    except GoogleSqlError:
        return False
    made.update({str(table.name): table for table in script.created})
    return True


@functools.cache
def analysed(path: str) -> Script:
    """Analyse a file against the dataset, its short-lived tables and the parameter types that the code binds.

    Raises:
        GoogleSqlError: BigQuery would refuse it.
    """
    types = {name: _type(kind) for name, kind in bound(path).items() if name != ANY_NAME}
    return analyse(rendered(path), [*tables(), *_short_lived(path)], types)


def _short_lived(path: str) -> list[zt.SimpleTable]:
    folder = (ROOT / path).parent if path.startswith("plugins/") else warehouse_sql.SQL_ROOT
    names = identifiers((ROOT / path).read_text("utf-8"), folder=folder) - {"dataset"}
    by_name = {str(table.name): table for table in tables()}
    made = []
    if "export_table" in names:
        made += analyse(GA4_EXPORT.format(name=_table_name("export_table", path)), []).created
    for name in sorted(names - _COLUMNS.keys()):
        source, keeps = _staged_from(name, path)
        if f"{DATASET}.{source}" in by_name:
            columns = [c for c in by_name[f"{DATASET}.{source}"].column if keeps(str(c.name))]
            made.append(zt.SimpleTable(name=_table_name(name, path), column=columns))
    return made


def _table_name(identifier: str, path: str) -> str:
    if identifier == "dataset":
        return DATASET
    if identifier in _COLUMNS:
        return _COLUMNS[identifier]
    _staged_from(identifier, path)
    return f"{DATASET}.staging_{identifier}"


def _staged_from(identifier: str, path: str) -> tuple[str, Callable[[str], bool]]:
    if identifier == "staging_rows":
        return Path(path).parent.name, lambda column: column not in ADDED_BY_COMMIT
    if identifier == "shadow":
        return Path(path).parent.name, lambda _: True
    if identifier not in _STAGED_FROM:
        raise AssertionError(f"{path} asks for params.{identifier}: say in {__name__} which columns that table has.")
    return _STAGED_FROM[identifier]


@functools.cache
def _plugin_renderer() -> Callable[[Path, str], str]:
    from plugins.customer_profiles_api.warehouse import render

    return render


@functools.cache
def _type(name: str) -> zt.Type:
    resolved: Any = analyse_statement(f"SELECT CAST(NULL AS {name})")
    return resolved.output_column_list[0].column.type
