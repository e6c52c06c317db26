"""A chat's incoming webhook, for tests of alerts."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Generator
from types import SimpleNamespace

import pytest


@contextlib.contextmanager
def webhook_server() -> Generator[SimpleNamespace]:
    """Its `url`, and what has been `posted` to it: path and body. A path with `broken` in it answers 500."""
    posted: list[tuple[str, dict]] = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.append((self.path, json.loads(body)))
            self.send_response(500 if "broken" in self.path else 200)
            self.end_headers()

        def log_message(self, format, *args):  # noqa: A002
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}/services", posted=posted)
    server.shutdown()


def connect(patch: pytest.MonkeyPatch, host: str, password: str) -> None:
    """Set the connection `chat`."""
    patch.setenv("AIRFLOW_CONN_CHAT", json.dumps({"conn_type": "http", "host": host, "password": password}))
