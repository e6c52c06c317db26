"""R-Series: nothing is lost and nothing is yielded twice, whatever happens between and during polls."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.lightspeed import r_cursor
from include.lightspeed.errors import ConfigurationError, UnexpectedResponse
from include.lightspeed.http import Transport
from include.lightspeed.r_series import RSeriesClient
from tests.lightspeed.r_shop import RShop
from tests.lightspeed.scripted import START, Answer, FakeTime, ScriptedServer

NO_NEXT = {"next": "", "previous": ""}
SALE = {"saleID": "1", "timeStamp": "2026-11-24T11:00:00+00:00", "edition": "0"}


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def poll(client: RSeriesClient, cursor: str | None, pages: int = 10**6) -> tuple[list[tuple[str, str]], str | None]:
    """Return (id, edition) of what came, and the last page's cursor."""
    came = []
    for number, page in enumerate(client.pages("sales", cursor), start=1):
        sales = [json.loads(bytes(record)) for record in page.records]
        came += [(sale["saleID"], sale["edition"]) for sale in sales]
        cursor = page.cursor
        if number == pages:
            break
    return came, cursor


def test_asks_for_what_completes_a_record(r_client: RSeriesClient, server: ScriptedServer):
    server.script = [Answer({"@attributes": NO_NEXT})]
    for stream in ("sales", "customers", "products"):
        assert list(r_client.pages(stream, None)) == []
    sales, customers, products = server.requests
    assert sales.path == "/API/V3/Account/100001/Sale.json"
    assert sales.query == {
        "limit": "100",
        "archived": "true",
        "load_relations": '["SaleLines","SalePayments","SalePayments.PaymentType"]',
        "sort": "timeStamp",
    }
    assert customers.path.endswith("/Customer.json")
    assert customers.query["load_relations"] == '["Contact"]'
    assert products.path.endswith("/Item.json")
    assert products.query["load_relations"] == '["Category","Manufacturer"]'


def test_a_page_of_one_is_an_object_and_a_page_of_none_has_no_key(r_client: RSeriesClient, server: ScriptedServer):
    server.script = [Answer({"@attributes": NO_NEXT, "Sale": SALE})]
    (page,) = r_client.pages("sales", None)
    assert [json.loads(bytes(record)) for record in page.records] == [SALE]
    assert page.url.startswith(f"{server.url}/API/V3/Account/100001/Sale.json?")


def test_the_stored_body_is_one_line(r_client: RSeriesClient, server: ScriptedServer):
    pretty = json.dumps({"@attributes": NO_NEXT, "Sale": [SALE, SALE | {"saleID": "2"}]}, indent=2).encode()
    server.script = [Answer(pretty)]
    (page,) = r_client.pages("sales", None)
    assert b"\n" not in page.body
    assert json.loads(page.body) == json.loads(pretty)
    assert len(page.records) == 2


def test_reads_the_history_page_by_page_and_then_nothing(r_client: RSeriesClient, server: ScriptedServer):
    shop = RShop(server, r_client, limit=10)
    for number in range(35):
        shop.put(number, START - seconds(1000 - number))
    came, cursor = poll(r_client, None)
    assert [int(number) for number, _ in came] == list(range(35))
    assert poll(r_client, cursor) == ([], cursor)


def test_the_next_poll_starts_before_the_newest_time(r_client: RSeriesClient, server: ScriptedServer):
    shop = RShop(server)
    shop.put(1, START - seconds(500))
    _, cursor = poll(r_client, None)
    poll(r_client, cursor)
    assert server.requests[-1].query["timeStamp"] == ">=,2026-11-24T11:50:40-00:00"


def test_finds_a_tie_that_came_after_the_poll(r_client: RSeriesClient, server: ScriptedServer):
    shop = RShop(server)
    shop.put(2, START)
    _, cursor = poll(r_client, None)
    shop.put(1, START)
    came, cursor = poll(r_client, cursor)
    assert came == [("1", "0")]
    assert poll(r_client, cursor)[0] == []


def test_finds_what_became_visible_late(r_client: RSeriesClient, server: ScriptedServer):
    shop = RShop(server)
    shop.put(1, START - seconds(55))
    shop.put(2, START)
    shop.visible = lambda sale: sale["saleID"] != "1"
    _, cursor = poll(r_client, None)
    shop.visible = lambda sale: True
    assert poll(r_client, cursor)[0] == [("1", "0")]


def test_yields_an_edited_sale_again(r_client: RSeriesClient, server: ScriptedServer):
    shop = RShop(server)
    shop.put(1, START)
    _, cursor = poll(r_client, None)
    shop.put(1, START, edition=1)
    assert poll(r_client, cursor)[0] == [("1", "1")]


def test_an_edit_between_two_pages_loses_nothing(r_client: RSeriesClient, server: ScriptedServer):
    shop = RShop(server, r_client, limit=5)
    for number in range(20):
        shop.put(number, START - seconds(1000 - number))

    def edit_before_the_second_page() -> None:
        if len(server.requests) == 2:
            shop.put(2, START, edition=1)

    shop.before_answer = edit_before_the_second_page
    came, _ = poll(r_client, None)
    assert {int(number) for number, _ in came} == set(range(20))
    assert came[-1] == ("2", "1")


def test_goes_on_in_the_middle_of_the_history(r_client: RSeriesClient, server: ScriptedServer):
    shop = RShop(server, r_client, limit=5)
    for number in range(23):
        shop.put(number, START - seconds(5000 - 100 * number))
    first, cursor = poll(r_client, None, pages=2)
    second, cursor = poll(r_client, cursor, pages=1)
    third, cursor = poll(r_client, cursor)
    assert [int(number) for number, _ in first + second + third] == list(range(23))
    assert poll(r_client, cursor)[0] == []


def test_thousands_of_ties_neither_stall_nor_repeat(r_client: RSeriesClient, server: ScriptedServer):
    shop = RShop(server)
    for number in range(1, 2301):
        shop.put(number, START - timedelta(days=1))
    came, cursor = poll(r_client, None, pages=7)
    rest, cursor = poll(r_client, cursor)
    assert [int(number) for number, _ in came + rest] == list(range(1, 2301))
    assert len(cursor or "") < 16_000
    requests = len(server.requests)
    assert poll(r_client, cursor)[0] == []
    sweep, last_page = server.requests[requests:]
    assert sweep.query["sort"] == "-updatetime"
    assert last_page.target == server.requests[requests - 1].target


def test_comes_back_to_the_window_after_thousands_of_ties(r_client: RSeriesClient, server: ScriptedServer):
    shop = RShop(server)
    for number in range(1, 901):
        shop.put(number, START - seconds(1000))
    _, cursor = poll(r_client, None)
    shop.put(2000, START)
    came, cursor = poll(r_client, cursor)
    assert came == [("2000", "0")]
    shop.put(1999, START - seconds(30))
    assert poll(r_client, cursor)[0] == [("1999", "0")]


def test_a_time_in_the_future_hides_nothing(r_transport: Transport, server: ScriptedServer, time: FakeTime):
    """Found by the walk itself: the one sweep of this client comes before the sale."""
    client = RSeriesClient(r_transport, "100001", clock=time.clock, sweep_seconds=10**9)
    shop = RShop(server)
    shop.put(1, START + timedelta(days=30))
    _, cursor = poll(client, None)
    assert poll(client, cursor)[0] == []
    time.now += seconds(100)
    shop.put(2, time.now)
    came, cursor = poll(client, cursor)
    assert came == [("2", "0")]
    assert poll(client, cursor)[0] == []


def test_finds_a_void_that_did_not_move_the_time_stamp(r_client: RSeriesClient, server: ScriptedServer, time: FakeTime):
    shop = RShop(server, r_client, limit=5)
    for number in range(40):
        shop.put(number, START - timedelta(days=40 - number))
    _, cursor = poll(r_client, None)
    assert poll(r_client, cursor)[0] == []
    time.now += seconds(61)
    shop.put(7, START - timedelta(days=33), edition=1, updated=time.now)
    came, cursor = poll(r_client, cursor)
    assert came == [("7", "1")]
    time.now += seconds(61)
    assert poll(r_client, cursor)[0] == []


def test_finds_edits_that_happened_during_the_first_walk(
    r_client: RSeriesClient, server: ScriptedServer, time: FakeTime
):
    shop = RShop(server, r_client, limit=5)
    for number in range(12):
        shop.put(number, START - timedelta(days=40 - number))
    _, cursor = poll(r_client, None, pages=1)
    time.now += timedelta(hours=5)
    shop.put(1, START - timedelta(days=39), edition=1, updated=START + timedelta(hours=1))
    _, cursor = poll(r_client, cursor)
    assert poll(r_client, cursor)[0] == [("1", "1")]


def test_sweeps_no_more_than_once_a_minute(r_client: RSeriesClient, server: ScriptedServer, time: FakeTime):
    shop = RShop(server)
    shop.put(1, START - timedelta(days=1))
    _, cursor = poll(r_client, None)
    server.requests.clear()
    for _ in range(24):
        time.now += seconds(5)
        poll(r_client, cursor)
    assert sum(request.query["sort"] == "-updatetime" for request in server.requests) == 2


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["sell", "edit", "void", "poll", "part", "late"]),
        st.integers(0, 30),
        st.integers(0, 40),
    ),
    max_size=40,
)


@given(events=EVENTS, room=st.sampled_from([10, 500]))
@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_happens_every_last_state_arrives_and_an_idle_poll_is_empty(
    r_client: RSeriesClient, server: ScriptedServer, time: FakeTime, events: list, room: int
):
    """Records are late by at most the overlap; in little room, where they cannot be, order holds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(r_cursor, "MAX_SEEN", room)
        _run(r_client, server, time, events, late=room > 10)


def _run(client: RSeriesClient, server: ScriptedServer, time: FakeTime, events: list, *, late: bool) -> None:
    shop, cursor, got, hidden = RShop(server, client, limit=3), None, {}, {}
    shop.visible = lambda sale: hidden.get(sale["saleID"], time.now) <= time.now
    for edition, (kind, number, pause) in enumerate(events, start=1):
        time.now += seconds(pause)
        if kind == "sell" or (kind == "late" and not late):
            shop.put(100 + edition, time.now)
        elif kind == "late":
            hidden[str(100 + edition)] = time.now + seconds(25)
            shop.put(100 + edition, time.now)
        elif kind == "edit":
            shop.put(number, time.now, edition)
        elif kind == "void" and number in shop.sales:
            moved = dict(shop.sales[number], updatetime=time.now.strftime("%Y-%m-%dT%H:%M:%S+00:00"))
            shop.sales[number] = moved | {"edition": str(edition)}
        elif kind in {"poll", "part"}:
            came, cursor = poll(client, cursor, pages=1 if kind == "part" else 10**6)
            got |= dict(came)
    for _ in range(3):
        time.now += seconds(250)
        came, cursor = poll(client, cursor)
        got |= dict(came)
    assert got == {sale["saleID"]: sale["edition"] for sale in shop.sales.values()}
    time.now += seconds(61)
    assert poll(client, cursor)[0] == []


def test_a_page_with_a_next_one_but_fewer_rows_than_the_limit_is_refused(
    r_client: RSeriesClient, server: ScriptedServer
):
    target = "/API/V3/Account/100001/Sale.json?limit=100&after=x"
    server.script = [Answer({"@attributes": {"next": server.url + target, "previous": ""}, "Sale": [SALE]})]
    with pytest.raises(UnexpectedResponse, match="1 of 100 rows"):
        list(r_client.pages("sales", None))


def test_a_next_page_that_is_the_same_page_is_not_read_forever(r_client: RSeriesClient, server: ScriptedServer):
    r_client._page_size = 1
    server.script = [
        lambda request: Answer(
            {"@attributes": {"next": server.url + request.target, "previous": ""}, "Sale": SALE},
        )
    ]
    with pytest.raises(UnexpectedResponse, match="names itself as the next page"):
        list(r_client.pages("sales", None))
    assert len(server.requests) == 1


def test_rows_from_before_the_place_that_was_asked_for_are_refused(r_client: RSeriesClient, server: ScriptedServer):
    customer = {"customerID": "1", "timeStamp": "2026-11-24T10:00:00+00:00"}
    server.script = [Answer({"@attributes": NO_NEXT, "Customer": customer})]
    with pytest.raises(UnexpectedResponse, match="out of order"):
        list(r_client.pages("customers", json.dumps({"watermark": int(START.timestamp())})))


def test_the_next_page_is_not_fetched_from_another_host(r_client: RSeriesClient, server: ScriptedServer):
    r_client._page_size = 1
    elsewhere = {"next": "http://169.254.169.254/API/V3/Account/100001/Sale.json?after=x", "previous": ""}
    server.script = [Answer({"@attributes": elsewhere, "Sale": SALE})]
    with pytest.raises(UnexpectedResponse, match=r"169\.254\.169\.254.*, not on"):
        list(r_client.pages("sales", None))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>Maintenance</body></html>",
        b"{}",
        b"",
        b"[]",
        b'{"@attributes":{"next":"","previous":""},"Sale":[{"saleID":"1","timeStamp":"2026-',
        b'{"@attributes":{"next":"","previous":""},"Sale":5}',
        b'{"@attributes":{"count":"2","offset":"0","limit":"100"},"Sale":[{"timeStamp":"2026-11-24T11:00:00+00:00"}]}',
        b'{"@attributes":{"next":"","previous":""},"Sale":[{"id":"1","state":"closed"}]}',
        b'{"data":[],"version":{"min":null,"max":null}}',
    ],
)
def test_an_answer_that_is_no_v3_page_fails_loudly(r_client: RSeriesClient, server: ScriptedServer, body: bytes):
    server.script = [Answer(body)]
    with pytest.raises(UnexpectedResponse, match=r"GET /API/V3/Account/100001/Sale\.json.* answered"):
        list(r_client.pages("sales", None))


def test_a_record_without_a_time_is_yielded_with_the_others(r_client: RSeriesClient, server: ScriptedServer):
    server.script = [Answer({"@attributes": NO_NEXT, "Sale": [SALE, {"saleID": "2"}]})]
    (page,) = r_client.pages("sales", None)
    assert len(page.records) == 2


@pytest.mark.parametrize("cursor", ["", "17", "nonsense", '{"watermark":"yesterday"}'])
def test_a_foreign_cursor_is_refused(r_client: RSeriesClient, cursor: str):
    with pytest.raises(ConfigurationError, match="not an R-Series cursor"):
        list(r_client.pages("sales", cursor))


def test_an_unknown_stream_is_refused(r_client: RSeriesClient):
    with pytest.raises(ConfigurationError, match="no stream 'orders'"):
        list(r_client.pages("orders", None))
