"""``python -m sandbox.secrets``: serve the secrets in ``--data`` until a signal."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from sandbox.secrets.app import create_app
from sandbox.secrets.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Sequence


def now_utc() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.secrets", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder of the secrets; kept over restarts")
    parsed = parser.parse_args(arguments)
    vault = Vault(parsed.data / "secrets.sqlite3")
    app = create_app(vault, now_utc)
    uvicorn.run(app, host=parsed.host, port=parsed.port, access_log=False, log_level="warning")
    vault.close()


if __name__ == "__main__":
    main()
