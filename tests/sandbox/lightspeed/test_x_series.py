"""X-Series: the version feed, its compaction, and both sale shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.lightspeed.conftest import Shop

SALES = "/api/2.0/sales"


def numbers(page: dict[str, Any]) -> list[int]:
    return [int(sale["invoice_number"]) for sale in page["data"]]


def pull(shop: Shop, path: str = SALES, after: int = 0, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while page := shop.x(path, after=after, **query).json()["data"]:
        found.extend(page)
        after = page[-1]["version"]
    return found


def test_the_feed_pages_by_version_until_it_is_empty(shop: Shop) -> None:
    first = shop.x(SALES, page_size=5).json()
    assert numbers(first) == [12, 11, 10, 9, 8]
    versions = [sale["version"] for sale in first["data"]]
    assert versions == sorted(set(versions))
    assert first["version"] == {"min": versions[0], "max": versions[-1]}
    assert versions[0] > 2**31
    assert len(pull(shop, page_size=5)) == 12
    end = shop.x(SALES, after=pull(shop)[-1]["version"]).json()
    assert end == {"data": [], "version": {"min": None, "max": None}}


def test_before_bounds_the_feed(shop: Shop) -> None:
    versions = [sale["version"] for sale in pull(shop)]
    page = shop.x(SALES, after=versions[2], before=versions[5]).json()
    assert [sale["version"] for sale in page["data"]] == versions[3:5]


def test_page_and_date_parameters_are_ignored_without_a_word(shop: Shop) -> None:
    plain = shop.x(SALES, page_size=5).json()
    assert shop.x(SALES, page_size=5, page=2, date_from="2030-01-01").json() == plain


def test_larger_pages_than_the_cap_are_clamped(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop(x_page_size_cap=4)
    assert len(shop.x(SALES, page_size=5000).json()["data"]) == 4


def test_the_version_is_global_and_the_feed_is_compacted(shop: Shop) -> None:
    everything = [
        row["version"]
        for name in ("sales", "customers", "products", "payment_types")
        for row in pull(shop, f"/api/2.0/{name}")
    ]
    newest = max(everything)
    assert len(set(everything)) == len(everything)
    shop.act("sales/7/edit", change_lines=[], customer_id=3)
    shop.act("sales/7/void")
    changed = pull(shop, after=newest)
    assert [sale["invoice_number"] for sale in changed] == ["7"]
    assert changed[0]["status"] == "VOIDED"
    assert len(pull(shop)) == 12


def test_a_sale_edited_while_paging_comes_again_at_the_end(shop: Shop) -> None:
    first = shop.x(SALES, page_size=5).json()
    shop.act("sales/12/void")
    rest = pull(shop, after=first["version"]["max"])
    assert [int(sale["invoice_number"]) for sale in rest] == [7, 6, 5, 4, 3, 2, 1, 12]


def test_a_flat_sale_has_numbers_uuids_and_tax_exclusive_prices(shop: Shop) -> None:
    sale = next(sale for sale in pull(shop) if sale["invoice_number"] == "4")
    assert sale["status"] == "CLOSED"
    assert sale["state"] == "closed"
    assert sale["sale_date"] == "2026-03-02T08:00:00+00:00"
    assert sale["total_price"] == 15.0
    assert [line["price"] for line in sale["line_items"]] == [5.0, 5.0]
    assert [line["price_total"] for line in sale["line_items"]] == [5.0, 10.0]
    assert sale["line_items"][1]["tax_total"] == 0.825
    assert sale["line_items"][1]["tax"] == 0.4125
    assert sum(payment["amount"] for payment in sale["payments"]) == pytest.approx(16.24)
    assert sale["payments"][0]["name"] == "Cash"
    assert all(len(sale[key]) == 36 for key in ("id", "outlet_id", "register_id", "user_id", "customer_id"))


def test_the_nested_shape_says_the_same(shop: Shop) -> None:
    flat = pull(shop)[3]
    nested = shop.x("/api/2026-07/sales").json()["data"]
    sale = nested[3]
    assert "status" not in sale
    assert sale["id"] == flat["id"]
    assert sale["date"] == flat["sale_date"]
    assert sale["totals"]["price"] == flat["total_price"]
    assert sale["_metadata"]["version"] == flat["version"]
    line, twin = sale["line_items"][0], flat["line_items"][0]
    assert line["product"]["id"] == twin["product_id"]
    assert line["pricing"]["total"] == twin["price_total"]
    assert sale["payments"][0]["type"]["name"] == flat["payments"][0]["name"]


def test_single_records_are_found_by_uuid_only(shop: Shop) -> None:
    sale = pull(shop)[0]
    assert shop.x(f"{SALES}/{sale['id']}").json()["data"] == sale
    assert shop.x(f"{SALES}/12").status_code == 404
    customer = pull(shop, "/api/2.0/customers")[0]
    assert shop.x(f"{SALES}/{customer['id']}").status_code == 404
    assert shop.x(f"/api/2.0/customers/{customer['id']}").json()["data"]["id"] == customer["id"]
    assert shop.x("/api/2.0/shoes").json()["error"] == "Not Found"


def test_deleted_customers_appear_only_when_asked_for(shop: Shop) -> None:
    shop.act("customers/1", is_archived=True)
    assert len(pull(shop, "/api/2.0/customers")) == 3
    everyone = pull(shop, "/api/2.0/customers", deleted="true")
    assert [row["deleted_at"] is None for row in everyone] == [True, True, True, False]


def test_a_user_agent_and_the_token_are_required(shop: Shop) -> None:
    headers = {"authorization": "Bearer lsxs_pt_sandbox"}
    assert shop.client.get(SALES, headers={**headers, "user-agent": ""}).status_code == 400
    refused = shop.client.get(SALES, headers={"authorization": "Bearer guess"})
    assert refused.status_code == 401
    assert refused.json()["error"] == "Unauthorized"
    assert shop.client.get(SALES).status_code == 401


def test_a_cursor_that_is_no_number_is_400(shop: Shop) -> None:
    answer = shop.x(SALES, after="abc")
    assert answer.status_code == 400
    assert "after" in answer.json()["message"]


def test_the_search_finds_sales_by_their_date_in_both_shapes(shop: Shop) -> None:
    shop.act("sales", lines=[{"price": "1.00"}], completed=False)
    span = {"type": "sales", "date_from": "2026-03-02T06:00:00Z", "date_to": "2026-03-02T12:00:00Z"}
    found = shop.x("/api/2.0/search", **span).json()["data"]
    assert [sale["status"] for sale in found] == ["SAVED"] + ["CLOSED"] * 6
    nested = shop.x("/api/2026-07/search", **span).json()["data"]
    assert [sale["id"] for sale in nested] == [sale["id"] for sale in found]
    page = shop.x("/api/2.0/search", **span, offset=5, page_size=2000).json()["data"]
    assert page == found[5:]
    assert shop.x("/api/2.0/search", **span, offset=7).json() == {"data": []}


@pytest.mark.parametrize("change", [{"type": "customers"}, {"date_from": "soon"}, {"order_by": "date"}])
def test_a_search_that_the_simulator_does_not_know_is_400(shop: Shop, change: dict[str, str]) -> None:
    span = {"type": "sales", "date_from": "2026-03-02T06:00:00Z", "date_to": "2026-03-02T12:00:00Z"}
    assert shop.x("/api/2.0/search", **(span | change)).status_code == 400
