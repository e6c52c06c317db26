"""Serves pages of X-Series sales that were rendered beforehand, so that a benchmark measures the client alone.

`render` writes the simulator's own pages of real sales into one file; the server sends them as they are. More
lines than that are the same pages again with other ids and higher versions.
"""

from __future__ import annotations

import argparse
import bisect
import dataclasses
import datetime as dt
import json
import mmap
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sandbox.lightspeed import dataset, history, x_payload
from sandbox.lightspeed.settings import SimulatorSettings
from sandbox.lightspeed.store import Store

PAGE_SALES = 1000
MAX_RENDERED_LINES = 1_000_000
NOW = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
"""Stands for the simulator's start: the same pages each time."""
EMPTY = b'{"data":[],"version":{"min":null,"max":null}}'
VERSIONS = 10**10
"""Each repetition's versions begin with its number times this; the simulator's have ten digits."""
_OWN_IDS = (b"5a1e5a1e-0001-4000-8000-", b"5a1e11fe-0002-4000-8000-", b"5a1e0a1d-0003-4000-8000-")
"""How ids of sales, lines and payments begin: twelve hexadecimal digits follow, the first of them a 0."""


@dataclasses.dataclass(frozen=True)
class RenderedPage:
    """Where a page lies in the file, the version it ends with, and what it holds."""

    version: int
    offset: int
    length: int
    sales: int
    lines: int


def render(folder: Path, lines: int) -> list[RenderedPage]:
    """Write the oldest sales that have `lines` lines at least to `folder/pages`, and an index beside it."""
    store = Store(folder / "shop.sqlite3")
    settings = SimulatorSettings()
    history.fill(store, dataset.complete_journey(), settings, NOW, max_history_sales=max(lines, PAGE_SALES))
    names = {kind.payment_type_id: kind.name for kind in store.payment_types()}
    index: list[RenderedPage] = []
    with (folder / "pages").open("wb") as file:
        while sum(page.lines for page in index) < lines:
            after = index[-1].version if index else 0
            sales = store.sales("WHERE version > ? ORDER BY version LIMIT ?", (after, PAGE_SALES))
            if not sales:
                raise ValueError(f"The data set has fewer than {lines} lines.")
            versions = {"min": sales[0].version, "max": sales[-1].version}
            data = [x_payload.sale_2_0(sale, names, settings.tax_basis_points) for sale in sales]
            body = x_payload.encode_json({"data": data, "version": versions})
            count = sum(len(sale.lines) for sale in sales)
            index.append(RenderedPage(versions["max"], file.tell(), len(body), len(sales), count))
            file.write(body)
    store.close()
    (folder / "index.json").write_text(json.dumps([dataclasses.astuple(page) for page in index]))
    return index


class Pages:
    """The rendered pages of a folder, `repetitions` times over."""

    def __init__(self, folder: Path, repetitions: int) -> None:
        if not 1 <= repetitions <= 16:
            raise ValueError("Pages can be repeated up to 16 times: a hexadecimal digit tells the repetitions apart.")
        self._repetitions = repetitions
        self._index = [RenderedPage(*row) for row in json.loads((folder / "index.json").read_text())]
        self._versions = [page.version for page in self._index]
        with (folder / "pages").open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    @property
    def lines(self) -> int:
        """Sale lines of all pages."""
        return self._repetitions * sum(page.lines for page in self._index)

    @property
    def sales(self) -> int:
        """Sales of all pages."""
        return self._repetitions * sum(page.sales for page in self._index)

    def after(self, version: int) -> bytes:
        """The page that follows a version; the empty page at the end."""
        repetition, own = divmod(version, VERSIONS)
        at = bisect.bisect_right(self._versions, own)
        if at == len(self._index):
            repetition, at = repetition + 1, 0
        if repetition == self._repetitions:
            return EMPTY
        page = self._index[at]
        return repeated(self._bytes[page.offset : page.offset + page.length], repetition)


def repeated(body: bytes, repetition: int) -> bytes:
    """A page with the ids and versions of a repetition; the first, number 0, is the page itself."""
    if not repetition:
        return body
    for start in _OWN_IDS:
        body = body.replace(start + b"0", start + b"%x" % repetition)
    for key in (b'"version":', b'"min":', b'"max":'):
        # Not before "version":{…}, whose own numbers are changed by their names.
        body = body.replace(key + b"2", key + b"%d2" % repetition)
    return body


class Handler(BaseHTTPRequestHandler):
    """GET: a page of sales; nothing of customers and products; `/requests` tells how many there were."""

    protocol_version = "HTTP/1.1"
    pages: Pages
    requests = 0

    def do_GET(self) -> None:
        """Answer one request."""
        url = urlsplit(self.path)
        if url.path == "/requests":
            self._send(json.dumps({"requests": Handler.requests, "sales": self.pages.sales, "lines": self.pages.lines}))
            return
        Handler.requests += 1
        after = int(parse_qs(url.query).get("after", ["0"])[0])
        self._send(self.pages.after(after) if url.path == "/api/2.0/sales" else EMPTY)

    def _send(self, body: bytes | str) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002
        """Print nothing."""


def main() -> None:
    """Serve until a signal."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="what `render` wrote")
    parser.add_argument("--repetitions", type=int, default=1)
    options = parser.parse_args()
    Handler.pages = Pages(options.folder, options.repetitions)
    ThreadingHTTPServer(("127.0.0.1", options.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
