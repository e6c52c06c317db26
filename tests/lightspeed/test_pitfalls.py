"""The pitfalls of both APIs that a client has to know, one test each; the pipeline's are in tests/integration."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from include.lightspeed.errors import UnexpectedResponse
from include.lightspeed.records import RowBuilder
from tests.lightspeed.test_r_records import LINE, SALE
from tests.lightspeed.test_token_safety import connect
from tests.lightspeed.test_x_records import raw
from tests.lightspeed.virtual import r_reader, reader, ring_up, x_reader
from tests.sandbox.lightspeed.conftest import NOON, Shop

SERIES = ["x_series", "x_series_2026_07", "r_series"]


def test_pitfall_01_a_void_that_moves_no_timestamp_is_seen(shop: Shop):
    (sold,) = ring_up(shop)
    one = r_reader(shop)
    one.poll()
    stamp = shop.sale(int(sold["sale_id"])).timestamp_s
    one.wait(120)
    shop.act(f"sales/{sold['sale_id']}/void")
    assert shop.sale(int(sold["sale_id"])).timestamp_s == stamp
    one.wait(60)
    one.poll()
    assert [row["is_voided"] for row in one.lines[sold["sale_id"]]] == [True]


def test_pitfall_02_a_second_sale_of_the_same_second_is_seen_after_the_poll(shop: Shop):
    one = r_reader(shop)
    (first,) = ring_up(shop)
    one.poll()
    second = shop.act("sales", lines=[{"price": "1.00"}])
    assert shop.sale(int(first["sale_id"])).timestamp_s == shop.sale(int(second["sale_id"])).timestamp_s
    assert one.poll() == 1
    assert set(one.lines) >= {first["sale_id"], second["sale_id"]}


@pytest.mark.parametrize("sales", [0, 1, 2])
def test_pitfall_04_lists_of_none_one_and_many_are_lists(shop: Shop, sales: int):
    one = r_reader(shop)
    one.poll()
    one.wait(3600)
    ring_up(shop, sales)
    shop.act("customers/1", emails=[])
    assert one.poll() == sales
    one.cursor = None
    builder = RowBuilder("customers", "r_series", "b")
    for page in one.client.pages("customers", None):
        assert builder.add(page.records) == []
    emails = {row["customer_id"]: row["email"] for row in builder.to_table().to_pylist()}
    assert emails["1"] is None


def test_pitfall_05_false_is_false_numbers_are_decimals_and_customer_0_is_nobody():
    builder = RowBuilder("sales", "r_series", "b")
    line = LINE | {"calcSubtotal": "11.4860025", "unitQuantity": "1", "unitPrice": "11.4860025"}
    line |= {"calcLineDiscount": "0", "calcTransactionDiscount": "0"}
    assert builder.add([raw(SALE | {"voided": "false", "customerID": "0", "SaleLines": {"SaleLine": line}})]) == []
    (row,) = builder.to_table().to_pylist()
    assert (row["is_voided"], row["customer_id"]) == (False, None)
    assert row["line_total"] == Decimal("11.4860025")


@pytest.mark.parametrize("series", SERIES)
def test_pitfall_06_an_open_sale_is_no_revenue_and_later_there_once(shop: Shop, series: str):
    one = reader(series, shop)
    one.poll()
    before = len(one.rows())
    (parked,) = ring_up(shop, completed=False)
    assert one.poll() == 1
    assert len(one.rows()) == before
    one.wait(1)
    shop.act(f"sales/{parked['sale_id']}/complete")
    one.poll()
    assert len(one.rows()) == before + 1


def test_pitfall_08_no_page_is_built_by_hand_and_one_that_does_not_advance_stops_the_reader(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    one = r_reader(shop, page_size=5)
    one.poll()
    sent = [path for _, path, _ in one.adapter.log if "Sale.json" in path]
    assert len(sent) == 3
    assert not [path for path in sent if "offset" in path]
    # X-Series ignores what it does not know: a client that asked for page=2 would get the first page for ever.
    other = x_reader(shop, page_size=5)
    monkeypatch.setattr(other.client, "_feed", lambda *_, **__: "/api/2.0/sales?page_size=5&page=2")
    with pytest.raises(UnexpectedResponse, match="does not advance"):
        other.poll()
    assert len(other.adapter.log) == 2
    assert other.cursor is None


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("kind", ["429", "429_date"])
def test_pitfall_09_no_request_comes_before_the_time_that_a_refusal_states(
    open_shop: Callable[..., Shop], series: str, kind: str
):
    shop = open_shop(registers=2)
    one = reader(series, shop, page_size=5)
    path = "/API/" if series == "r_series" else "/api/2"
    shop.act("faults", kind=kind, count=5, path=path, seconds=11)
    one.poll()
    asked = [(at, status) for at, target, status in one.adapter.log if target.startswith(path)]
    refused = [number for number, (_, status) in enumerate(asked) if status == 429]
    assert len(refused) == 5
    assert all(asked[number + 1][0] - asked[number][0] >= timedelta(seconds=11) for number in refused)
    assert len(asked) == 5 + (3 if series == "r_series" else 4)


def test_pitfall_09_a_drip_rate_of_one_and_a_half_is_used_in_full(open_shop: Callable[..., Shop]):
    shop = open_shop(registers=2)
    one = r_reader(shop, page_size=1, latency=0.05)
    for _ in range(15):
        one.cursor = None
        one.poll()
    refused = sum(status == 429 for _, _, status in one.adapter.log)
    drips = 2.0 * sum("Sale.json" in path for _, path, _ in one.adapter.log)
    seconds = (shop.clock.now - NOON).total_seconds()
    assert refused == 0
    assert drips >= 0.9 * (100 + 1.5 * seconds)


def test_pitfall_10_the_pair_is_stored_before_it_is_used(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    """The race of two processes and the crash between refresh and save: test_token_processes."""
    one = connect(shop)
    saved_at: list[int] = []
    saving = one.store.save
    monkeypatch.setattr(one.store, "save", lambda pair: (saved_at.append(len(one.adapter.log)), saving(pair)))
    one.read()
    paths = [path for _, path, _ in one.adapter.log]
    assert "/token" in paths[saved_at[0] - 1]
    assert "/sales" in paths[saved_at[0]]


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("kind", ["html", "empty", "truncated", "fewer"])
def test_pitfall_15_an_answer_that_is_no_page_leaves_the_cursor_where_it_was(shop: Shop, series: str, kind: str):
    one = reader(series, shop, page_size=5)
    shop.act("faults", kind=kind, path="/API/" if series == "r_series" else "/api/2")
    with pytest.raises(UnexpectedResponse):
        one.poll()
    assert one.cursor is None


def test_pitfall_15_a_retired_version_that_is_served_in_another_shape_fails_loudly(shop: Shop):
    one = x_reader(shop)
    shop.act("faults", kind="new_version")
    with pytest.raises(UnexpectedResponse, match=r"lack the fields of API 2\.0: another version's shape"):
        one.poll()
    assert one.cursor is None


def test_pitfall_15_versions_do_not_fit_in_32_bits(shop: Shop):
    one = x_reader(shop)
    one.poll()
    state: dict[str, Any] = json.loads(str(one.cursor))
    assert state["version"] > 2**31
    assert all(header["version"] > 2**31 for header in one.state.values())
