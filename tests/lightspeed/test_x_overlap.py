"""X-Series: what becomes visible late is found, nothing is yielded twice, and a quiet shop costs little."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.lightspeed.http import Transport
from include.lightspeed.x_cursor import MAX_SEEN
from include.lightspeed.x_series import XSeriesClient
from tests.lightspeed.scripted import FakeTime, ScriptedServer
from tests.lightspeed.x_shop import XShop


@pytest.fixture
def shop(server: ScriptedServer) -> XShop:
    return XShop(server)


@pytest.fixture
def client(x_transport: Transport, time: FakeTime) -> XSeriesClient:
    return XSeriesClient(x_transport, clock=time.clock, page_size=100)


def poll(client: XSeriesClient, cursor: str | None, pages: int = 10**6) -> tuple[list[tuple[str, int]], str | None]:
    """Return (id, version) of what came, and the last page's cursor."""
    came = []
    for number, page in enumerate(client.pages("sales", cursor), start=1):
        for raw in page.records:
            sale = json.loads(bytes(raw))
            came.append((str(sale.get("id")), sale.get("version")))
        cursor = page.cursor
        if number == pages:
            break
    return came, cursor


def test_a_lower_version_that_becomes_visible_late_is_found(client: XSeriesClient, shop: XShop, time: FakeTime):
    late = shop.put("late", hidden=True)
    shop.put("early")
    _, cursor = poll(client, None)
    shop.hidden.clear()
    time.now += timedelta(seconds=16)
    came, cursor = poll(client, cursor)
    assert came == [("late", late)]
    time.now += timedelta(seconds=16)
    assert poll(client, cursor) == ([], cursor)


def test_it_is_found_after_a_pause_of_any_length(client: XSeriesClient, shop: XShop, time: FakeTime):
    late = shop.put("late", hidden=True)
    shop.put("early")
    _, cursor = poll(client, None)
    shop.hidden.clear()
    time.now += timedelta(days=9)
    shop.put("next")
    assert ("late", late) in poll(client, cursor)[0]


def test_the_window_moves_on_once_it_has_been_read_again(
    client: XSeriesClient, shop: XShop, server: ScriptedServer, time: FakeTime
):
    first = shop.put("a")
    _, cursor = poll(client, None)
    time.now += timedelta(seconds=61)
    second = shop.put("b")
    _, cursor = poll(client, cursor)
    state = json.loads(str(cursor))
    assert (state["version"], state["floor"]) == (second, first)
    assert [step[2] for step in state["recent"]] == [[second]]


def test_an_idle_poll_is_one_small_request_most_of_the_time(
    client: XSeriesClient, shop: XShop, server: ScriptedServer, time: FakeTime
):
    version = shop.put("a")
    _, cursor = poll(client, None)
    server.requests.clear()
    for _ in range(30):
        time.now += timedelta(seconds=1)
        poll(client, cursor)
    plain = [request for request in server.requests if request.query["after"] == str(version)]
    assert (len(plain), len(server.requests) - len(plain)) == (30, 2)


def test_a_change_of_a_sale_in_the_window_is_a_state_of_its_own(client: XSeriesClient, shop: XShop, time: FakeTime):
    shop.put("a")
    _, cursor = poll(client, None)
    time.now += timedelta(seconds=20)
    changed = shop.put("a")
    assert poll(client, cursor)[0] == [("a", changed)]


def test_a_record_that_cannot_be_read_comes_once_too(client: XSeriesClient, shop: XShop, time: FakeTime):
    shop.put("a")
    shop.odd[shop.put("odd")] = {"id": 5}
    came, cursor = poll(client, None)
    assert len(came) == 2
    time.now += timedelta(seconds=20)
    assert poll(client, cursor) == ([], cursor)


def test_the_cursor_stays_small_in_a_backfill(client: XSeriesClient, shop: XShop, time: FakeTime):
    for number in range(1200):
        shop.put(f"s{number}")
    came, cursor = poll(client, None)
    assert len(came) == 1200
    assert sum(len(step[2]) for step in json.loads(str(cursor))["recent"]) == MAX_SEEN
    assert poll(client, cursor) == ([], cursor)


def test_a_cursor_without_a_window_reads_nothing_again(client: XSeriesClient, shop: XShop, server: ScriptedServer):
    version = shop.put("a")
    assert poll(client, json.dumps({"version": version}))[0] == []
    assert len(server.requests) == 1


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 5), st.booleans()),
        st.tuples(st.just("show"), st.just(0), st.just(False)),
        st.tuples(st.just("wait"), st.integers(1, 90), st.just(False)),
        st.tuples(st.just("poll"), st.integers(1, 3), st.booleans()),
    ),
    max_size=40,
)


@given(acts=ACTS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_hidden_for_a_while_every_state_comes_exactly_once(
    x_transport: Transport, server: ScriptedServer, acts: list[tuple[str, int, bool]]
):
    time = FakeTime()
    shop, came, cursor = XShop(server, page_size=2), [], None
    client = XSeriesClient(x_transport, clock=time.clock, page_size=2)
    for act, number, flag in [*acts, ("show", 0, False), ("wait", 16, False), ("poll", 10**6, False)]:
        if act == "put":
            shop.put(f"s{number}", hidden=flag)
        elif act == "show":
            shop.hidden.clear()
        elif act == "wait":
            time.now += timedelta(seconds=number)
            # Nothing stays hidden for as long as the overlap: that is what the overlap promises to bridge.
            if number >= 15:
                shop.hidden.clear()
        else:
            found, cursor = poll(client, cursor, pages=number)
            came += found
            if flag:
                client = XSeriesClient(x_transport, clock=time.clock, page_size=2)
    assert {name: version for name, version in came if version == shop.sales[name]} == shop.sales
    assert len(came) == len(set(came))
