"""The repository's SQL files: found, rendered as production does, and analysed against their own tables."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import jinja2
import zetasql.types as zt
from jinja2 import nodes as jinja_nodes

from include.landing.load import ADDED_BY_COMMIT, HEADER_COLUMNS, REJECTED_COLUMNS
from include.warehouse import sql as warehouse_sql
from tests.sql.googlesql import GoogleSqlError, analyse_statement
from tests.sql.zetasql_analysis import Script, analyse

ROOT = Path(__file__).resolve().parents[2]
SQL_FOLDERS = (ROOT / "include", ROOT / "plugins", ROOT / "dags")
DATASET = "a-project.livhana_prod"

ANY_NAME = "*"
"""Stands in `bound_parameters` for a parameter whose name is not written out in the code."""

_PARAMETER_CALLS = {"ScalarQueryParameter": "{}", "ArrayQueryParameter": "ARRAY<{}>"}
_STAGED_FROM: dict[str, tuple[str, Callable[[str], bool]]] = {
    "staging_headers": ("sale_versions", lambda column: column in HEADER_COLUMNS),
    "staging_rejected": ("rejected_records", lambda column: column in REJECTED_COLUMNS),
    "features": ("customer_features", lambda _: True),
}
"""Identifier of a short-lived table -> the table whose columns it takes, and which of them."""


def sql_files() -> list[str]:
    """Paths of every SQL file of production, relative to the repository, sorted."""
    return sorted(
        path.relative_to(ROOT).as_posix() for folder in SQL_FOLDERS for path in folder.rglob("*.sql")
    )


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


def identifiers(template: str, seen: frozenset[str] = frozenset()) -> set[str]:
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
            text = (warehouse_sql.SQL_ROOT / included).read_text("utf-8")
            found |= identifiers(text, seen | {included})
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
    parameters = bound_parameters(path.split("/", maxsplit=1)[0])
    bound = {
        name: _type(next(iter(kinds)))
        for name, kinds in parameters.items()
        if len(kinds) == 1 and name != ANY_NAME
    }
    return analyse(rendered(path), [*tables(), *_short_lived(path)], bound)


def _short_lived(path: str) -> list[zt.SimpleTable]:
    names = identifiers((ROOT / path).read_text("utf-8")) - {"dataset"}
    by_name = {str(table.name): table for table in tables()}
    made = []
    for name in sorted(names):
        source, keeps = _staged_from(name, path)
        if f"{DATASET}.{source}" in by_name:
            columns = [c for c in by_name[f"{DATASET}.{source}"].column if keeps(str(c.name))]
            made.append(zt.SimpleTable(name=_table_name(name, path), column=columns))
    return made


def _table_name(identifier: str, path: str) -> str:
    if identifier == "dataset":
        return DATASET
    _staged_from(identifier, path)
    return f"{DATASET}.staging_{identifier}"


def _staged_from(identifier: str, path: str) -> tuple[str, Callable[[str], bool]]:
    if identifier == "staging_rows":
        return Path(path).parent.name, lambda column: column not in ADDED_BY_COMMIT
    if identifier not in _STAGED_FROM:
        raise AssertionError(
            f"{path} asks for params.{identifier}: say in {__name__} which columns that table has."
        )
    return _STAGED_FROM[identifier]


@functools.cache
def _plugin_renderer() -> Callable[[Path, str], str]:
    from plugins.customer_profiles_api.warehouse import render

    return render


@functools.cache
def bound_parameters(folder: str) -> dict[str, set[str]]:
    """Query parameters that the code of a top folder binds, and the types that it gives them.

    Read from `{"name": ("TYPE", value)}` literals and from google-cloud-bigquery's parameter classes.
    """
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        for name, kind in _bound_in(ast.parse(path.read_text("utf-8"))):
            found.setdefault(name, set()).add(kind)
    return found


def _bound_in(tree: ast.AST) -> Iterable[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            yield from _bound_in_literal(node)
        elif isinstance(node, ast.Call) and _called(node) in _PARAMETER_CALLS and len(node.args) >= 2:
            template = _PARAMETER_CALLS[_called(node)]
            if kind := _text(node.args[1]):
                yield _text(node.args[0]) or ANY_NAME, template.format(kind)


def _bound_in_literal(node: ast.Dict) -> Iterable[tuple[str, str]]:
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(value, ast.Tuple) and len(value.elts) == 2:
            name, kind = _text(key), _text(value.elts[0])
            if name and kind and _is_type(kind):
                yield name, kind


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _text(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


@functools.cache
def _type(name: str) -> zt.Type:
    resolved: Any = analyse_statement(f"SELECT CAST(NULL AS {name})")
    return resolved.output_column_list[0].column.type


@functools.cache
def _is_type(name: str) -> bool:
    try:
        _type(name)
    except GoogleSqlError:
        return False
    return True
