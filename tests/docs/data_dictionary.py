"""Writes `docs/data-dictionary.md` from the descriptions in `include/sql`: `python -m tests.docs.data_dictionary`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zetasql.types as zt

from tests.sql import statements
from tests.sql.zetasql_analysis import type_name

DOCUMENT = statements.ROOT / "docs" / "data-dictionary.md"

HEAD = """# Data dictionary

Tables and views of the dataset, with the descriptions that BigQuery shows too. Made from `include/sql`: change the
descriptions there, then run `python -m tests.docs.data_dictionary`. For BI, begin with
[`profile_summary`](#profile_summary); how to connect a tool is in [bi.md](bi.md).
"""


def text() -> str:
    """The document; the same bytes for the same SQL."""
    sections = [_section(path) for path in sorted(statements.table_files(), key=lambda path: Path(path).parent.name)]
    return "\n".join([HEAD, *sections])


def _section(path: str) -> str:
    created: Any = next(s for s in statements.analysed(path).statements if isinstance(s, zt.ResolvedCreateStatement))
    kind = "View" if isinstance(created, zt.ResolvedCreateViewStmt) else "Table"
    lines = [f"## {created.name_path[-1].rsplit('.', 1)[-1]}", "", f"{kind}. {_description(created.option_list)}", ""]
    if kind == "View" and not created.has_explicit_columns:
        return "\n".join([*lines, "Its columns are those of the table that it reads.", ""])
    rows = [row for column in created.column_definition_list for row in _rows(column)]
    return "\n".join([*lines, "| column | type | meaning |", "|---|---|---|", *rows, ""])


def _rows(column: Any) -> Iterator[str]:
    yield _row(column.name, column.type, column.annotations)
    yield from _fields(column.name, column.type, column.annotations)


def _fields(path: str, kind: Any, annotations: Any) -> Iterator[str]:
    children = annotations.child_list if annotations else []
    if kind.array_type:
        yield from _fields(path, kind.array_type.element_type, children[0] if children else None)
    elif kind.struct_type:
        for field, child in zip(kind.struct_type.field, children, strict=True):
            yield _row(f"{path}.{field.field_name}", field.field_type, child)


def _row(name: str, kind: Any, annotations: Any) -> str:
    meaning = _description(annotations.option_list).replace("|", "\\|")
    return f"| `{name}` | {_short(type_name(kind))} | {meaning} |"


def _short(kind: str) -> str:
    """`ARRAY<STRUCT<…>>`: the fields have rows of their own."""
    before, struct, _ = kind.partition("STRUCT<")
    return f"{before}STRUCT{'>' if before else ''}" if struct else kind


def _description(options: list[Any]) -> str:
    return next(str(option.value.value.value.string_value) for option in options if option.name == "description")


if __name__ == "__main__":
    DOCUMENT.write_text(text(), "utf-8")
    print(f"Wrote {DOCUMENT.relative_to(statements.ROOT)}.")
