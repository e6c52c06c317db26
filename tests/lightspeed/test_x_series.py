"""X-Series: the version feed is read to its end, and a feed that makes no sense stops the reader."""

from __future__ import annotations

import json

import pytest

from include.lightspeed.errors import ConfigurationError, UnexpectedResponse
from include.lightspeed.x_series import XSeriesClient
from tests.lightspeed.scripted import Answer, Request, ScriptedServer

HUGE = 2_691_964_626
EMPTY = Answer({"data": [], "version": {"min": None, "max": None}})


def sale(version: int) -> dict[str, object]:
    return {"id": f"s{version}", "version": version, "status": "CLOSED", "line_items": []}


def page(*versions: int) -> Answer:
    return Answer({"data": [sale(v) for v in versions], "version": {"min": versions[0], "max": versions[-1]}})


def test_reads_from_the_start_until_a_page_is_empty(x_client: XSeriesClient, server: ScriptedServer):
    server.script = [page(3, 5, HUGE), page(HUGE + 9), EMPTY]
    pages = list(x_client.pages("sales", None))
    assert [len(each.records) for each in pages] == [3, 1]
    assert [request.query for request in server.requests] == [
        {"after": "0", "page_size": "3"},
        {"after": str(HUGE), "page_size": "3"},
        {"after": str(HUGE + 9), "page_size": "3"},
    ]
    assert json.loads(pages[-1].cursor)["version"] == HUGE + 9
    assert json.loads(pages[0].body)["version"] == {"min": 3, "max": HUGE}


def test_goes_on_after_the_cursor(x_client: XSeriesClient, server: ScriptedServer):
    server.script = [page(3, 5), EMPTY]
    (first,) = x_client.pages("sales", None)
    server.requests.clear()
    assert list(x_client.pages("sales", first.cursor)) == []
    assert [request.query["after"] for request in server.requests] == ["0", "5"]
    assert list(x_client.pages("sales", '{"version":5}')) == []
    assert server.requests[-1].query["after"] == "5"


def test_asks_for_deleted_customers_and_products_too(x_client: XSeriesClient, server: ScriptedServer):
    server.script = [EMPTY]
    for stream in ("customers", "products"):
        list(x_client.pages(stream, None))
    assert [request.path for request in server.requests] == ["/api/2.0/customers", "/api/2.0/products"]
    assert all(request.query["deleted"] == "true" for request in server.requests)


def test_a_server_that_ignores_the_cursor_is_not_read_forever(x_client: XSeriesClient, server: ScriptedServer):
    server.script = [page(1, 2, 3)]
    with pytest.raises(UnexpectedResponse, match="does not advance beyond 3"):
        list(x_client.pages("sales", None))
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("versions", "announced"),
    [
        ([1], {"min": 1, "max": None}),
        ([1], {"min": 1, "max": 0}),
        ([1, 2], {"min": 1, "max": 3}),
        ([2, 3], {"min": 1, "max": 3}),
        ([1, 4], {"min": 1, "max": 3}),
        ([], {"min": 1, "max": 3}),
    ],
    ids=["none", "zero", "last missing", "first missing", "foreign", "all missing"],
)
def test_a_page_that_holds_other_versions_than_it_announces_is_refused(
    x_client: XSeriesClient, server: ScriptedServer, versions: list[int], announced: dict[str, int | None]
):
    server.script = [Answer({"data": [sale(each) for each in versions], "version": announced})]
    with pytest.raises(UnexpectedResponse, match="announces versions 1 to"):
        list(x_client.pages("sales", None))


def test_rows_out_of_order_on_a_page_or_twice_are_harmless(x_client: XSeriesClient, server: ScriptedServer):
    server.script = [
        Answer({"data": [sale(7), sale(5), sale(7), sale(6)], "version": {"min": 5, "max": 7}}),
        EMPTY,
    ]
    (first,) = x_client.pages("sales", None)
    assert sorted(json.loads(bytes(raw))["version"] for raw in first.records) == [5, 6, 7]


DATED_SALE = {"id": "s1", "state": "closed", "totals": {}, "line_items": [], "_metadata": {"version": 7}}


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Maintenance</html>",
        b"{}",
        b"",
        b"[]",
        b'{"data":[{"id":"s1","version":1,"status":"CLO',
        b'{"data":{"id":"s1"},"version":{"min":1,"max":1}}',
        b'{"data":[],"version":{"min":1,"max":1.5}}',
        b'{"data":[{"id":"\xff","version":1,"status":"CLOSED"}],"version":{"min":1,"max":1}}',
        json.dumps({"data": [DATED_SALE], "version": {"min": 7, "max": 7}}).encode(),
        b'{"@attributes":{"next":"","previous":""},"Sale":[]}',
    ],
)
def test_an_answer_that_is_no_page_of_2_0_fails_loudly(x_client: XSeriesClient, server: ScriptedServer, body: bytes):
    server.script = [Answer(body)]
    with pytest.raises(UnexpectedResponse, match=r"GET /api/2\.0/sales\?after=0.* answered"):
        list(x_client.pages("sales", None))


def test_one_odd_record_does_not_condemn_the_page(x_client: XSeriesClient, server: ScriptedServer):
    odd = Answer({"data": [{"id": 5}, sale(2)], "version": {"min": 1, "max": 2}})
    server.script = [odd, EMPTY]
    (first,) = x_client.pages("sales", None)
    assert len(first.records) == 2


def test_pages_before_a_failure_stay_valid(x_client: XSeriesClient, server: ScriptedServer):
    server.script = [page(1, 2), Answer(b"<html>")]
    reader = x_client.pages("sales", None)
    first = next(reader)
    with pytest.raises(UnexpectedResponse):
        next(reader)
    assert json.loads(first.cursor)["version"] == 2
    server.script = [page(1, 2), page(3), EMPTY]
    (rest,) = x_client.pages("sales", first.cursor)
    assert json.loads(rest.cursor)["version"] == 3


def test_a_sale_edited_while_reading_comes_again_at_the_end(x_client: XSeriesClient, server: ScriptedServer):
    feed = {f"s{number}": number for number in range(1, 8)}

    def answer(request: Request) -> Answer:
        if len(server.requests) == 2:
            feed["s1"] = 100
        after = int(request.query["after"])
        rows = sorted((version, name) for name, version in feed.items() if version > after)[:3]
        data = [sale(version) | {"id": name} for version, name in rows]
        return Answer({"data": data, "version": {"min": rows[0][0], "max": rows[-1][0]}}) if rows else EMPTY

    server.script = [answer]
    came = [json.loads(bytes(raw))["id"] for each in x_client.pages("sales", None) for raw in each.records]
    assert came == ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s1"]


@pytest.mark.parametrize("cursor", ["", "17", "{}", '{"watermark":17}', '{"version":"17"}', '{"version":1,"x":2}'])
def test_a_foreign_cursor_is_refused(x_client: XSeriesClient, cursor: str):
    with pytest.raises(ConfigurationError, match="not an X-Series cursor"):
        list(x_client.pages("sales", cursor))


def test_an_unknown_stream_is_refused(x_client: XSeriesClient):
    with pytest.raises(ConfigurationError, match="no stream 'orders'"):
        list(x_client.pages("orders", None))
