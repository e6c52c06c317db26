"""Rules of the production code that ruff does not know, as functions that name what breaks them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = ("dags", "include", "plugins")

MAY_NOT_IMPORT = {
    "dags": {"plugins", "sandbox", "tests", "benchmarks", "deploy"},
    "include": {"dags", "plugins", "sandbox", "tests", "benchmarks", "deploy"},
    "plugins": {"dags", "include", "sandbox", "tests", "benchmarks", "deploy"},
    "deploy": {"dags", "plugins", "sandbox", "tests", "benchmarks"},
    "sandbox": {"dags", "tests", "benchmarks"},
    "benchmarks": {"tests"},
}
"""Imports run one way: dags -> include; plugins stand alone; sandbox and benchmarks use include."""

CLOCK = "utc_now"
"""The one function whose body may ask for the present time; all other code is handed a clock or a time."""

RUNS_WHAT_IT_READS = {
    "pickle",
    "cPickle",
    "_pickle",
    "dill",
    "cloudpickle",
    "joblib",
    "marshal",
    "shelve",
    "jsonpickle",
}
"""Packages whose files are programs: who can write one of them runs code where it is loaded."""
NO_EXPORT = {"csv"}
"""Nothing writes CSV: a text that begins with =, +, - or @ would be a formula to the spreadsheet that opens it."""
_RUNS = {"eval", "exec", "compile", "__import__"}
_LOADERS = {
    ("yaml", "load"),
    ("yaml", "unsafe_load"),
    ("yaml", "full_load"),
    ("os", "system"),
    ("os", "popen"),
    ("np", "load"),
    ("numpy", "load"),
    ("torch", "load"),
    ("pd", "read_pickle"),
    ("pandas", "read_pickle"),
    ("logging", "config"),
}
_NEVER = {"shell": True, "verify": False, "allow_pickle": True, "allow_redirects": True, "autoescape": False}
"""Keyword arguments that open a door."""
_LOCAL_WORD = re.compile(r"(?<![a-z])(?:sandbox|emulator|simulator)s?(?![a-z])", re.IGNORECASE)
_LIBRARY_NAMES = re.compile(r"jinja2\.sandbox")
_SQL = re.compile(
    r"^\s*(?:SELECT\s|WITH\s+\w+\s+AS|INSERT\s+(?:INTO\s)?|DELETE\s+FROM|UPDATE\s+\S+\s+SET|MERGE\s|TRUNCATE\s+TABLE"
    r"|(?:CREATE|DROP|ALTER)\s+(?:OR\s+REPLACE\s+)?(?:TEMP\s+)?(?:TABLE|VIEW|SCHEMA)|DECLARE\s|BEGIN\s+TRANSACTION"
    r"|ASSERT\s)",
    re.MULTILINE,
)
_CLOCK_OWNERS = {"datetime", "date", "dt", "time", "Timestamp", "pendulum", "timezone", "timestamp"}
_CLOCK_NAMES = {"now", "utcnow", "today", "time", "time_ns"}


def python_files(folder: Path) -> list[Path]:
    """Every Python file below a folder, sorted."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def text_files(folder: Path) -> list[Path]:
    """Every file of production code and text below a folder, sorted."""
    wanted = {".py", ".sql", ".html", ".json", ".md", ".css", ".js", ".toml", ".yaml", ".txt", ""}
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(path for path in files if path.suffix in wanted)


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Line and top-level package of every absolute import, those by name at run time included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".", maxsplit=1)[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.lineno, str(node.module).split(".", maxsplit=1)[0]
        elif isinstance(node, ast.Call) and _last_name(node.func) in {"import_module", "__import__"}:
            yield from ((node.lineno, _text(argument).split(".", maxsplit=1)[0]) for argument in node.args[:1])


def wrong_imports(source: str, folder: str) -> list[str]:
    """Imports against the one direction, in the source of a file of a top folder."""
    return [
        f"line {line}: {folder}/ imports {package}"
        for line, package in imports(source)
        if package in MAY_NOT_IMPORT[folder]
    ]


def local_words(text: str) -> list[str]:
    """Places where production code shows that it knows of the local stand-ins for the cloud."""
    lines = (_LIBRARY_NAMES.sub("", line) for line in text.splitlines())
    return [f"line {n}: {word}" for n, line in enumerate(lines, 1) for word in _LOCAL_WORD.findall(line)]


def clock_reads(source: str) -> list[str]:
    """Places that ask for the present time, or name a function that does, outside of the clock function."""
    tree = ast.parse(source)
    clocks = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == CLOCK]
    allowed = {id(node) for clock in clocks for node in ast.walk(clock)}
    found = [node for node in ast.walk(tree) if id(node) not in allowed and _reads_clock(node)]
    return [f"line {node.lineno}: {ast.unparse(node)}" for node in found if isinstance(node, ast.expr)]


def naive_datetimes(source: str) -> list[str]:
    """Calls of `datetime(…)` without a time zone."""
    return [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and _last_name(node.func) == "datetime"
        and len(node.args) < 8
        and not any(keyword.arg == "tzinfo" for keyword in node.keywords)
    ]


def sql_texts(source: str) -> list[str]:
    """Strings and f-strings, docstrings aside, that are SQL."""
    tree = ast.parse(source)
    skipped = {id(node) for node in _docstrings(tree)}
    skipped |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    expressions = (node for node in ast.walk(tree) if isinstance(node, ast.expr) and id(node) not in skipped)
    texts = ((node.lineno, _written(node)) for node in expressions)
    return [f"line {line}: {text[:60]!r}" for line, text in texts if _SQL.search(text)]


def _docstrings(tree: ast.AST) -> Iterator[ast.expr]:
    for parent in ast.walk(tree):
        if isinstance(parent, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from (node.value for node in parent.body if isinstance(node, ast.Expr))


def _written(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "placeholder" for part in node.values)
    return _text(node)


def too_long(source: str, file_lines: int = 400, function_lines: int = 60) -> list[str]:
    """Files and functions that nobody reads in one go."""
    functions = (
        node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    )
    found = [
        f"line {node.lineno}: {node.name} has {length} lines"
        for node in functions
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > function_lines
    ]
    length = len(source.splitlines())
    return [*found, f"the file has {length} lines"] if length > file_lines else found


def unsafe_calls(source: str) -> list[str]:
    """Places where text or bytes from outside could become code, a command, a formula or another host's answer."""
    found = [(line, f"import {name}") for line, name in imports(source) if name in RUNS_WHAT_IT_READS | NO_EXPORT]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _is_unsafe(node):
            found.append((node.lineno, ast.unparse(node)[:60]))
    return [f"line {line}: {text}" for line, text in found]


def _is_unsafe(call: ast.Call) -> bool:
    function = call.func
    if isinstance(function, ast.Name) and function.id in _RUNS:
        return True
    if isinstance(function, ast.Attribute) and (_last_name(function.value), function.attr) in _LOADERS:
        return True
    if isinstance(function, ast.Attribute) and function.attr in {"to_csv", "read_pickle", "to_pickle"}:
        return True
    given = {each.arg: each.value.value for each in call.keywords if isinstance(each.value, ast.Constant)}
    return any(given.get(name) is value for name, value in _NEVER.items())


def _reads_clock(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr in _CLOCK_NAMES
        and _last_name(node.value) in _CLOCK_OWNERS
        and not (node.attr == "time" and _last_name(node.value) != "time")
    )


def _last_name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
