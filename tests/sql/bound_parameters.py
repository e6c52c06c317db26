"""Query parameters that production code binds, read from the code: SQL and code cannot drift apart."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

ANY_NAME = "*"
"""Stands for parameters whose names are not written out in the code."""

TYPES = {
    "BOOL": "content_connected email_connected is_withdrawn social_connected",
    "ARRAY<DATE>": "snapshot_dates",
    "DATE": "as_of first_snapshot first_snapshot_date last_snapshot last_snapshot_date observed_until",
    "INT64": "buckets first_bucket horizon_days last_bucket personal_candidates popular_candidates"
    " together_candidates training_customers training_rows",
    "STRING": "artifact_uri churn_model customer_id forget_key forget_key_id likely_products_model metrics"
    " model_version next_purchase_model purpose",
    "TIMESTAMP": "recorded_at trained_at",
}
"""BigQuery type -> parameters that get it from their Python value: `execute("file.sql", name=value)`."""

_INCLUDE = re.compile(r'{%-? include "([^"]+)"')
_TYPE_OF = {name: kind for kind, names in TYPES.items() for name in names.split()}
_RUNS_SQL = {"execute", "read"}
_NO_PARAMETERS = {"identifiers", "sort_by", "keys"}
_SCALARS = ("BOOL", "DATE", "DATETIME", "FLOAT64", "INT64", "JSON", "NUMERIC", "STRING", "TIMESTAMP")


def bound(path: str) -> dict[str, str]:
    """Return parameter -> BigQuery type of a SQL file, given relative to the repository.

    Where the code runs the file by name, those are its keyword arguments; else all that the code of its
    top folder binds by `{"name": ("TYPE", value)}` or by google-cloud-bigquery's parameter classes.

    Raises:
        AssertionError: a keyword argument's type is not in `TYPES`.
    """
    sites = call_sites(path)
    names = {name for site in sites for name in site}
    if unknown := sorted(names - _TYPE_OF.keys()):
        raise AssertionError(f"{path}: say in {__name__}.TYPES which BigQuery type {unknown} have.")
    return {name: _TYPE_OF[name] for name in names} if sites else bound_by_literals(path.split("/", maxsplit=1)[0])


def call_sites(path: str) -> list[set[str]]:
    """Return the keyword arguments of each place in include/ that runs a file of include/sql by its name.

    A file that others include is run where they are.
    """
    relative = path.removeprefix("include/sql/")
    own = [names for name, names in _call_sites() if name == relative]
    return own or [names for name, names in _call_sites() if relative in _included_by(name)]


def runs_by_itself(path: str) -> bool:
    """Return whether code in include/ runs the file by its name, not only where others include it."""
    return any(name == path.removeprefix("include/sql/") for name, _ in _call_sites())


@functools.cache
def _included_by(name: str) -> set[str]:
    file = ROOT / "include" / "sql" / name
    return set(_INCLUDE.findall(file.read_text("utf-8"))) if file.exists() else set()


@functools.cache
def _call_sites() -> list[tuple[str, set[str]]]:
    return [site for tree in _trees("include") for site in sites_in(tree)]


def sites_in(tree: ast.AST) -> Iterator[tuple[str, set[str]]]:
    """Yield file and keyword arguments of every `….execute("file.sql", name=value)` in a syntax tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in _RUNS_SQL and node.args:
            names = {str(keyword.arg) for keyword in node.keywords} - _NO_PARAMETERS
            if (file := _text(node.args[0])).endswith(".sql"):
                yield file, names


@functools.cache
def bound_by_literals(folder: str) -> dict[str, str]:
    """Return parameter -> type written out in the code of a top folder; a name of two types is refused."""
    found: dict[str, str] = {}
    for tree in _trees(folder):
        for name, kind in literals_in(tree):
            assert found.setdefault(name, kind) == kind, f"@{name} is bound as {found[name]} and as {kind}"
    return found


def literals_in(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield name and type of every parameter whose type a syntax tree writes out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(value, ast.Tuple) and len(value.elts) == 2 and _is_type(_text(value.elts[0])):
                    yield _text(key), _text(value.elts[0])
        elif isinstance(node, ast.Call) and _called(node) == "ScalarQueryParameter" and len(node.args) == 3:
            name, kind = _text(node.args[0]) or ANY_NAME, _text(node.args[1])
            yield from [(name, kind)] if kind else []


def _trees(folder: str) -> list[ast.AST]:
    return [ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / folder).rglob("*.py"))]


def _is_type(text: str) -> bool:
    return text.removeprefix("ARRAY<").removesuffix(">") in _SCALARS


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _text(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
