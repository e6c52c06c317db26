"""The rendered pages: read to their end by the production client they are the shop's sales, each once."""

from __future__ import annotations

import threading
from http.server import ThreadingHTTPServer

import msgspec
import pytest

from benchmarks.pages import EMPTY, Handler, Pages, render
from include.lightspeed.records import RowBuilder
from include.lightspeed.x_pages import parse_feed

LINES = 12_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    render(folder, LINES)
    return folder


def read(pages: Pages) -> tuple[RowBuilder, list[int]]:
    """Rows of every page, followed by version as the API's client does, and the versions in that order."""
    rows, versions, after = RowBuilder("sales", "x_series", "batch"), [], 0
    while (body := pages.after(after)) != EMPTY:
        records = [record.raw for record in parse_feed(body, "sales", "/api/2.0/sales", "2.0").records]
        assert not rows.add(records)
        versions += [msgspec.json.decode(record)["version"] for record in records]
        after = versions[-1]
    return rows, versions


def test_pages_hold_at_least_the_lines_asked_for_and_end(folder):
    pages = Pages(folder, 1)
    rows, versions = read(pages)
    table = rows.to_table()
    assert LINES <= table.num_rows == pages.lines < LINES + 15_000
    assert len(versions) == pages.sales
    assert versions == sorted(set(versions))


def test_repeated_pages_have_other_ids_and_higher_versions_and_the_same_amounts(folder):
    once, thrice = Pages(folder, 1), Pages(folder, 3)
    rows, versions = read(thrice)
    table = rows.to_table()
    assert table.num_rows == thrice.lines == 3 * once.lines
    assert len(set(table["sale_line_id"].to_pylist())) == table.num_rows
    assert len(set(table["sale_id"].to_pylist())) == len(versions) == 3 * once.sales
    assert versions == sorted(set(versions))
    single = read(once)[0].to_table()
    assert table["line_total"].to_pylist() == 3 * single["line_total"].to_pylist()


def test_more_repetitions_than_ids_can_tell_apart_are_refused(folder):
    with pytest.raises(ValueError, match="16 times"):
        Pages(folder, 17)


def test_the_server_counts_api_requests_alone_and_has_no_customers(folder, monkeypatch):
    import requests

    monkeypatch.setattr(Handler, "pages", Pages(folder, 1), raising=False)
    monkeypatch.setattr(Handler, "requests", 0)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    assert len(requests.get(f"{url}/api/2.0/sales", timeout=30).json()["data"]) == 1000
    assert requests.get(f"{url}/api/2.0/customers?after=0", timeout=30).content == EMPTY
    assert requests.get(f"{url}/requests", timeout=30).json()["requests"] == 2
    server.shutdown()
