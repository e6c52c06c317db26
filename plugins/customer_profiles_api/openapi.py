"""Writes `docs/openapi.json`: `python -m plugins.customer_profiles_api.openapi` from the repository root."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .app import create_app
from .documents import openapi_document

DEFAULT_PATH = Path("docs/openapi.json")
SERVER = "/customer-profiles"


def openapi_text() -> str:
    """The OpenAPI document as text; the same bytes every time."""
    return json.dumps(openapi_document(create_app(), SERVER), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_PATH
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(openapi_text(), encoding="utf-8")
    print(f"Wrote {path}.")
