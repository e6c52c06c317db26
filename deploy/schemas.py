"""The tables of `include/sql` as BigQuery's JSON: what Terraform creates is what the DAGs would create.

`python -m deploy.schemas` writes `deploy/terraform/tables.json` anew; a test holds the two together.
"""

from __future__ import annotations

import json
import re
from typing import Any

from deploy.settings import ROOT
from include.warehouse.sql import render, table_files

FILE = ROOT / "deploy" / "terraform" / "tables.json"

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|--[^\n]*|\w+|[<>(),=;]')
_API_TYPES = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}


def tables() -> dict[str, dict[str, Any]]:
    """Name -> description, partitioning column, clustering columns and schema of every table."""
    paths = [path for path in table_files() if path.endswith("/table.sql")]
    return {path.split("/", maxsplit=1)[0]: Statement(render(path, dataset="d")).table() for path in paths}


class Statement:
    """One CREATE TABLE statement, read from left to right.

    Args:
        sql: the rendered statement.
    """

    def __init__(self, sql: str) -> None:
        self._tokens = [token for token in _TOKEN.findall(sql) if not token.startswith("--")]
        self._at = 0

    def table(self) -> dict[str, Any]:
        """The table as Terraform takes it."""
        self._skip_past("(")
        schema = self._fields(")")
        partition, clustering = "", []
        if self._take("PARTITION"):
            self._at += 1
            partition = self._partition()
        if self._take("CLUSTER"):
            self._at += 1
            clustering = self._names()
        return {
            "description": self._options(),
            "partition": partition,
            "clustering": clustering,
            "schema": schema,
        }

    def _fields(self, end: str) -> list[dict[str, Any]]:
        fields = [self._field()]
        while self._take(","):
            fields.append(self._field())
        self._expect(end)
        return fields

    def _field(self) -> dict[str, Any]:
        field: dict[str, Any] = {"name": self._next().strip("`")} | self._type()
        if self._take("NOT"):
            self._expect("NULL")
            field["mode"] = "REQUIRED"
        description = self._options()
        return field | ({"description": description} if description else {})

    def _type(self) -> dict[str, Any]:
        name = self._next()
        if name == "ARRAY":
            self._expect("<")
            element = self._type()
            self._expect(">")
            return element | {"mode": "REPEATED"}
        if name == "STRUCT":
            self._expect("<")
            return {"type": "RECORD", "mode": "NULLABLE", "fields": self._fields(">")}
        return {"type": _API_TYPES.get(name, name), "mode": "NULLABLE"}

    def _options(self) -> str:
        if not self._take("OPTIONS"):
            return ""
        for expected in ("(", "description", "="):
            self._expect(expected)
        text = json.loads(self._next())
        self._expect(")")
        return text

    def _partition(self) -> str:
        name = self._next()
        if name != "DATE" or not self._take("("):
            return name
        column = self._next()
        self._expect(")")
        return column

    def _names(self) -> list[str]:
        names = [self._next()]
        while self._take(","):
            names.append(self._next())
        return names

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, token: str) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at] == token
        self._at += found
        return found

    def _expect(self, token: str) -> None:
        if not self._take(token):
            near = " ".join(self._tokens[max(0, self._at - 5) : self._at + 2])
            raise ValueError(f"{token} was expected near: {near}. Teach deploy/schemas.py what the statement says.")

    def _skip_past(self, token: str) -> None:
        while self._next() != token:
            pass


def text() -> str:
    """Content of `tables.json`."""
    return json.dumps(tables(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
