"""Live selling: the virtual clock, the wall clock's stamp, pauses and restarts."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.lightspeed.live import LiveSeller
from tests.sandbox.lightspeed.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.lightspeed.conftest import Shop


def seller(shop: Shop, speed: float = 10) -> LiveSeller:
    return LiveSeller(shop.store, speed, shop.clock)


def test_a_sale_is_made_when_the_virtual_clock_reaches_it_and_stamped_by_the_wall_clock(shop: Shop) -> None:
    live = seller(shop)
    assert live.tick() == []
    shop.clock.advance(6.25)
    assert live.tick() == [101]
    sale = shop.sale(101)
    assert shop.client.get("/_sandbox/live").json()["sales"][0]["completed_at"] == "2026-03-02T12:00:06.250000+00:00"
    assert shop.r("Sale/101.json").json()["Sale"]["completeTime"] == "2026-03-02T12:00:06+00:00"
    assert sale.version > max(row.version for row in shop.store.sales("WHERE sale_id < 100"))
    assert live.tick() == []


def test_sales_due_together_are_made_in_their_order(shop: Shop) -> None:
    live = seller(shop)
    shop.clock.advance(60)
    assert live.tick() == [101, 102, 103]
    since = (NOON + timedelta(seconds=60)).isoformat()
    assert shop.client.get("/_sandbox/live", params={"since": since}).json() == {"sales": []}


def test_a_pause_stops_the_virtual_clock(shop: Shop) -> None:
    live = seller(shop)
    live.set_paused(True)
    shop.clock.advance(3600)
    assert live.tick() == []
    live.set_paused(False)
    shop.clock.advance(6)
    assert live.tick() == [101]


def test_nothing_is_sold_once_a_pause_is_answered_and_what_was_due_is_sold_afterwards(shop: Shop) -> None:
    live = seller(shop)
    shop.clock.advance(6.25)
    live.set_paused(True)
    assert live.tick() == []
    live.set_paused(False)
    assert live.tick() == [101]


def test_a_skipped_gap_brings_the_next_sale_near_and_no_nearer(shop: Shop) -> None:
    live = LiveSeller(shop.store, 10, shop.clock, longest_gap_seconds=20)
    assert live.tick() == []
    shop.clock.advance(1.9)
    assert live.tick() == []
    shop.clock.advance(0.2)
    assert live.tick() == [101]


def test_a_restart_goes_on_where_selling_stood(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop()
    live = seller(shop)
    shop.clock.advance(7)
    live.tick()
    live.stop()
    again = open_shop(now=NOON + timedelta(days=3))
    live = seller(again)
    assert live.tick() == []
    again.clock.advance(5)
    assert live.tick() == [102]
    assert again.client.get("/_sandbox/health").json()["first_start"] == NOON.isoformat()


def test_the_app_sells_by_itself_while_it_runs(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop(speed=1000)
    with shop.client:
        shop.clock.advance(1)
        for _ in range(100):
            sold = shop.client.get("/_sandbox/live").json()["sales"]
            if sold:
                break
            time.sleep(0.02)
    assert [sale["sale_id"] for sale in sold] == ["101", "102", "103"]


def test_pausing_over_http_is_seen_in_health(shop: Shop) -> None:
    shop.act("pause")
    assert shop.client.get("/_sandbox/health").json()["paused"] is True
    shop.act("resume")
    assert shop.client.get("/_sandbox/health").json()["paused"] is False


def test_a_speed_of_zero_sells_nothing(shop: Shop) -> None:
    live = seller(shop, speed=0)
    shop.clock.advance(86_400)
    assert live.tick() == []


def test_a_pace_sells_so_many_sales_a_second_whatever_the_virtual_clock_says(shop: Shop) -> None:
    live = seller(shop, speed=0)
    live.set_pace(2)
    shop.clock.advance(0.5)
    assert live.tick() == [101]
    assert live.tick() == []
    live.set_paused(True)
    shop.clock.advance(60)
    assert live.tick() == []
    live.set_paused(False)
    shop.clock.advance(1)
    assert live.tick() == [102, 103]
    since = (NOON + timedelta(seconds=61)).isoformat()
    assert [sale["sale_id"] for sale in shop.client.get("/_sandbox/live", params={"since": since}).json()["sales"]] == [
        "102",
        "103",
    ]


def test_the_pace_is_set_over_http(shop: Shop) -> None:
    assert shop.client.post("/_sandbox/pace", json={"sales_per_second": 4}).json() == {"sales_per_second": 4.0}
    assert shop.client.post("/_sandbox/pace", json={"sales_per_second": -1}).status_code == 422
