"""The docs page: the OpenAPI document as one HTML page. No script, no request to another host."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .problems import PROBLEMS
from .templating import environment, style

_STYLE = style("reference.css")

CONTENT_SECURITY_POLICY = _STYLE.policy
"""Allows the page's own style sheet and nothing else."""


def reference_page(document: Mapping[str, Any]) -> str:
    """The page for an OpenAPI `document`; every text of it is escaped."""
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    made = environment().overlay()
    made.filters = {**made.filters, "type_name": type_name}
    template = made.get_template("reference.html")
    return template.render(document=document, operations=operations, problems=PROBLEMS, style=_STYLE.text)


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
