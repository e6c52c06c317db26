"""Every way in which a page can be wrong stops the batch with the cursor unmoved, or changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from include.lightspeed.errors import LightspeedError, RateLimited, ServiceUnavailable, UnexpectedResponse
from include.lightspeed.http import RetryPolicy
from include.lightspeed.x_series import XSeriesClient
from tests.lightspeed.virtual import Reader, reader, ring_up
from tests.sandbox.lightspeed.conftest import Shop

SERIES = ["x_series", "x_series_2026_07", "r_series"]
PATHS = {"x_series": "/api/2.0/sales", "x_series_2026_07": "/api/2026-07/sales", "r_series": "/API/V3/"}
SIZE = 5


def truth(shop: Shop, series: str) -> list[dict[str, Any]]:
    """Rows of a client that no fault has met."""
    one = reader(series, shop)
    one.poll()
    return one.rows()


def break_page(shop: Shop, series: str, kind: str, count: int = 1, seconds: float = 1.0) -> None:
    shop.act("faults", kind=kind, path=PATHS[series], count=count, seconds=seconds)


def recovers(one: Reader, series: str) -> None:
    """Without the fault the same cursor leads to the shop's own rows, each state once."""
    one.shop.client.delete("/_sandbox/faults")
    one.wait(90)
    one.poll()
    one.wait(90)
    assert one.poll() == 0
    assert one.rows() == truth(one.shop, series)
    assert len(one.came) == len(set(one.came))


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("kind", ["html", "empty", "truncated", "fewer"])
def test_what_is_no_page_fails_loudly_and_moves_no_cursor(shop: Shop, series: str, kind: str, place: int):
    one = reader(series, shop, page_size=SIZE)
    if place:
        # The fault meets the second poll instead of the backfill.
        one.poll()
        ring_up(shop, 2 * SIZE)
        one.wait(90)
    before = one.cursor
    break_page(shop, series, kind)
    with pytest.raises(UnexpectedResponse, match="GET /"):
        one.poll()
    assert one.cursor == before
    recovers(one, series)


@pytest.mark.parametrize("series", ["x_series", "x_series_2026_07"])
def test_the_other_versions_shape_fails_loudly(shop: Shop, series: str, monkeypatch: pytest.MonkeyPatch):
    one = reader(series, shop, page_size=SIZE)
    one.poll()
    ring_up(shop)
    before = one.cursor
    swap = {"2.0": "2026-07", "2026-07": "2.0"}
    mine = "2.0" if series == "x_series" else "2026-07"
    assert isinstance(one.client, XSeriesClient)
    monkeypatch.setattr(one.client, "_feed", lambda *_, **__: f"/api/{swap[mine]}/sales?after=0&page_size=5")
    with pytest.raises(UnexpectedResponse, match=f"lack the fields of API {mine}: another version's shape"):
        one.poll()
    assert one.cursor == before


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("kind", ["duplicated", "reordered", "mutated", "late"])
def test_rows_that_are_doubled_turned_round_changed_or_late_cost_nothing(shop: Shop, series: str, kind: str):
    ring_up(shop, 3)
    one = reader(series, shop, page_size=SIZE)
    break_page(shop, series, kind)
    one.poll()
    recovers(one, series)


@pytest.mark.parametrize("series", SERIES)
def test_a_page_that_comes_again_fails_loudly(shop: Shop, series: str):
    ring_up(shop, 3)
    one = reader(series, shop, page_size=SIZE)
    one.adapter.before = lambda: _repeat_third(one, series)
    with pytest.raises(UnexpectedResponse, match=r"does not advance|out of order|names itself"):
        one.poll()
    assert one.cursor is None
    one.adapter.before = lambda: None
    recovers(one, series)


def _repeat_third(one: Reader, series: str) -> None:
    sent = sum(path.startswith(PATHS[series]) for _, path, _ in one.adapter.log)
    if sent == 2:
        break_page(one.shop, series, "repeated")


@pytest.mark.parametrize("series", SERIES)
def test_pages_in_the_wrong_order_fail_loudly(shop: Shop, series: str, monkeypatch: pytest.MonkeyPatch):
    """The third page comes when the second is asked for, and the second after it."""
    ring_up(shop, 10)
    one = reader(series, shop, page_size=SIZE)
    send, pages = one.adapter.send, []

    def swapped(request: Any, *rest: Any, **options: Any) -> Any:
        answer = send(request, *rest, **options)
        if PATHS[series] in str(request.path_url) and answer.status_code == 200:
            pages.append(answer)
        if len(pages) == 2:
            following = pages[1].json().get("@attributes", {}).get("next")
            after = pages[1].json().get("version", {}).get("max")
            request.url = following or str(request.url).replace(f"after={_after(request.url)}", f"after={after}")
            return send(request, *rest, **options)
        return pages[1] if len(pages) == 3 else answer

    monkeypatch.setattr(one.adapter, "send", swapped)
    with pytest.raises(UnexpectedResponse, match=r"does not advance|out of order"):
        one.poll()
    assert one.cursor is None
    monkeypatch.undo()
    recovers(one, series)


def _after(url: str) -> str:
    return url.partition("after=")[2].partition("&")[0]


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("kind", ["500", "503", "502_html", "disconnect", "429", "429_date"])
def test_a_storm_that_passes_costs_time_only(shop: Shop, series: str, kind: str):
    one = reader(series, shop, page_size=SIZE)
    break_page(shop, series, kind, count=6, seconds=7)
    one.poll()
    assert one.rows() == truth(shop, series)
    if kind.startswith("429"):
        refused = [at for at, _, status in one.adapter.log if status == 429]
        after = [at for at, path, _ in one.adapter.log if path.startswith(PATHS[series])][1:7]
        assert len(refused) == 6
        waits = [later - earlier for earlier, later in zip(refused, after, strict=True)]
        assert min(waits) >= timedelta(seconds=7)


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize(("kind", "error"), [("500", ServiceUnavailable), ("429", RateLimited)])
def test_a_storm_that_does_not_pass_ends_in_an_error_with_the_cursor_unmoved(
    shop: Shop, series: str, kind: str, error: type[LightspeedError]
):
    one = reader(series, shop, page_size=SIZE)
    break_page(shop, series, kind, count=1000, seconds=2000)
    with pytest.raises(error):
        one.poll()
    assert one.cursor is None
    one.wait(2000)
    recovers(one, series)


def test_a_server_that_hangs_is_given_up_and_asked_again(served: str):

    import httpx

    from include.lightspeed.http import StaticToken, Transport
    from include.lightspeed.rate_limit import WindowPacer
    from tests.lightspeed.scripted import FakeTime

    httpx.post(f"{served}/_sandbox/faults", json={"kind": "slow", "seconds": 4, "path": "/api/"}).raise_for_status()
    waits = FakeTime()
    transport = Transport(
        served,
        StaticToken("lsxs_pt_sandbox"),
        WindowPacer(),
        clock=waits.clock,
        sleep=waits.sleep,
        retry=RetryPolicy(attempts=3, timeout=(1.0, 2.0)),
    )
    assert transport.get("/api/2.0/sales?after=0").startswith(b'{"data":[')
    assert len(waits.slept) == 1


@pytest.mark.parametrize("series", SERIES)
def test_a_row_that_stays_hidden_for_several_polls_is_found(open_shop: Callable[..., Shop], series: str):
    shop = open_shop()
    one = reader(series, shop)
    one.poll()
    ring_up(shop, 3)
    break_page(shop, series, "late", count=3)
    for _ in range(3):
        one.wait(16)
        one.poll()
    recovers(one, series)
