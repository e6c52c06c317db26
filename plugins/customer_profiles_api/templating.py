"""HTML from templates: everything escaped, one style sheet inside the page, and a policy that allows only that."""

from __future__ import annotations

import base64
import dataclasses
import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).with_name("templates")


@dataclasses.dataclass(frozen=True)
class Style:
    """A style sheet of `templates/` and the content security policy of pages that contain it."""

    text: str
    policy: str


@functools.cache
def style(name: str, form_action: str = "'none'") -> Style:
    """Read the style sheet; its policy allows it and, beside it, only forms that go to `form_action`."""
    text = (FOLDER / name).read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self'; base-uri 'none'; "
        f"form-action {form_action}; frame-ancestors 'self'"
    )
    return Style(text, policy)


@functools.cache
def environment() -> Environment:
    """Jinja with autoescape on, and an error for a name that is not given."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["compact_json"] = functools.partial(json.dumps, ensure_ascii=False)
    return made


def page(template: str, **values: Any) -> str:
    """Render a template."""
    return environment().get_template(template).render(**values)
