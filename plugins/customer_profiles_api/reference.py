"""The docs page: the OpenAPI document as one HTML page. No script, no request to another host."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .problems import PROBLEMS

_FOLDER = Path(__file__).with_name("templates")
_STYLE = (_FOLDER / "reference.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Allows the page's own style sheet and nothing else."""


def reference_page(document: Mapping[str, Any]) -> str:
    """The page for an OpenAPI `document`; every text of it is escaped."""
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    template = _environment().get_template("reference.html")
    return template.render(document=document, operations=operations, problems=PROBLEMS, style=_STYLE)


def type_name(schema: Mapping[str, Any]) -> str:
    """A JSON schema's type in a few words, e.g. `list of LikelyProduct` or `string (date) or null`."""
    if "$ref" in schema:
        return schema["$ref"].rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " or ".join(type_name(option) for option in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return " or ".join(json.dumps(value) for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {type_name(schema['items'])}"
    name = str(schema.get("type", "any"))
    return f"{name} ({schema['format']})" if "format" in schema else name


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["type_name"] = type_name
    environment.filters["compact_json"] = functools.partial(json.dumps, ensure_ascii=False)
    return environment
