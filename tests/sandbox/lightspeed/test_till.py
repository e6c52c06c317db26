"""Sales that change: back-dating, voiding, editing, returning; how each series shows it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.lightspeed.conftest import Shop

LINES = [
    {"product_id": 10, "quantity": 2, "price": "1.50"},
    {"product_id": 11, "price": "0.333", "discount": "0.1"},
]


def r_sale(shop: Shop, sale_id: str) -> dict[str, Any]:
    return shop.r(f"Sale/{sale_id}.json", load_relations="all").json()["Sale"]


def x_sale(shop: Shop, sale: dict[str, Any]) -> dict[str, Any]:
    return shop.x(f"/api/2.0/sales/{sale['x_sale_id']}").json()["data"]


def test_a_new_sale_is_the_same_sale_in_both_series(shop: Shop) -> None:
    shop.clock.advance(3600)
    made = shop.act("sales", lines=LINES, customer_id=2)
    r, x = r_sale(shop, made["sale_id"]), x_sale(shop, made)
    assert r["completeTime"] == x["sale_date"] == "2026-03-02T13:00:00+00:00"
    assert r["calcTotal"] == "3.61"
    assert x["total_price"] == 3.333
    assert [line["line_id"] for line in made["lines"]] == [line["saleLineID"] for line in r["SaleLines"]["SaleLine"]]
    assert [line["x_line_id"] for line in made["lines"]] == [line["id"] for line in x["line_items"]]
    assert r["SaleLines"]["SaleLine"][1]["calcLineDiscount"] == "0.10"


def test_a_back_dated_sale_is_old_by_completion_and_new_by_time_stamp(shop: Shop) -> None:
    newest = max(sale["version"] for sale in shop.x("/api/2.0/sales").json()["data"])
    made = shop.act("sales", lines=LINES, completed_at="2026-03-02T09:00:00Z")
    sale = r_sale(shop, made["sale_id"])
    assert sale["completeTime"] == "2026-03-02T09:00:00+00:00"
    assert sale["timeStamp"] == sale["updatetime"] == "2026-03-02T12:00:00+00:00"
    assert made["version"] > newest


def test_nothing_is_completed_in_the_future(shop: Shop) -> None:
    body = {"lines": LINES, "completed_at": "2026-03-02T12:00:01Z"}
    answer = shop.client.post("/_sandbox/sales", json=body)
    assert answer.status_code == 422
    assert "future" in answer.json()["detail"]


def test_an_open_sale_is_parked_until_it_is_completed(shop: Shop) -> None:
    made = shop.act("sales", lines=LINES, completed=False)
    parked = x_sale(shop, made)
    assert (parked["status"], parked["state"], parked["payments"]) == ("SAVED", "parked", [])
    assert not any(day["date"] == "2026-03-02" and day["sales"] > 12 for day in totals(shop)["days"])
    shop.clock.advance(60)
    shop.act(f"sales/{made['sale_id']}/complete")
    sale = r_sale(shop, made["sale_id"])
    assert sale["completeTime"] == sale["timeStamp"] == "2026-03-02T12:01:00+00:00"
    assert x_sale(shop, made)["status"] == "CLOSED"
    again = shop.client.post(f"/_sandbox/sales/{made['sale_id']}/complete", json={})
    assert again.status_code == 422


def totals(shop: Shop) -> dict[str, Any]:
    return shop.client.get("/_sandbox/totals").json()


def test_a_void_moves_the_version_and_updatetime_but_not_the_time_stamp(shop: Shop) -> None:
    before, version = r_sale(shop, "5"), shop.sale(5).version
    shop.act("sales/5/void")
    after = r_sale(shop, "5")
    assert (before["voided"], after["voided"]) == ("false", "true")
    assert after["timeStamp"] == before["timeStamp"]
    assert after["updatetime"] == "2026-03-02T12:00:00+00:00"
    assert shop.sale(5).version > version
    assert shop.sale(5).completed_us is not None


def test_a_void_moves_the_time_stamp_where_the_setting_says_so(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop(void_moves_timestamp=True)
    shop.act("sales/5/void")
    assert r_sale(shop, "5")["timeStamp"] == "2026-03-02T12:00:00+00:00"


def test_an_edit_changes_removes_and_adds_lines_and_moves_the_completion(shop: Shop) -> None:
    first, second, third = (line.line_id for line in shop.sale(2).lines)
    edited = shop.act(
        "sales/2/edit",
        change_lines=[{"line_id": first, "quantity": 3}],
        remove_lines=[second],
        add_lines=[{"product_id": 12, "price": "4"}],
        completed_at="2026-03-01T23:00:00Z",
    )
    assert [line["line_id"] for line in edited["lines"]][:2] == [str(first), str(third)]
    assert [line["total"] for line in edited["lines"]] == ["7.50", "7.50", "4.00"]
    sale = r_sale(shop, "2")
    assert sale["completeTime"] == "2026-03-01T23:00:00+00:00"
    assert sale["calcPayments"] == sale["calcTotal"] == "20.57"
    wrong = shop.client.post("/_sandbox/sales/2/edit", json={"remove_lines": [second]})
    assert wrong.status_code == 422
    assert shop.client.post("/_sandbox/sales/4711/void").status_code == 404


def test_a_return_is_a_new_sale_with_negative_quantity_and_positive_price(shop: Shop) -> None:
    made = shop.act("sales/3/return")
    line = r_sale(shop, made["sale_id"])["SaleLines"]["SaleLine"]
    original = r_sale(shop, "3")["SaleLines"]["SaleLine"]
    assert line["unitQuantity"] == "-1"
    assert line["unitPrice"] == original["unitPrice"] == "3.75"
    assert line["parentSaleLineID"] == original["saleLineID"]
    x = x_sale(shop, made)
    item = x["line_items"][0]
    shown = (item["quantity"], item["price"], item["price_total"], item["is_return"])
    assert shown == (-1, 3.75, -3.75, True)
    assert x["payments"][0]["amount"] == -4.06


def test_a_return_moves_the_version_of_its_original(shop: Shop) -> None:
    version = shop.sale(3).version
    made = shop.act("sales/3/return")
    assert shop.sale(3).version > version
    nested = shop.x("/api/2026-07/sales").json()["data"]
    original = next(sale for sale in nested if sale["invoice_number"] == "3")
    assert original["return"]["return_sale_ids"] == [made["x_sale_id"]]
    refund = next(sale for sale in nested if sale["id"] == made["x_sale_id"])
    assert refund["return"] == {"is_return": True, "original_sale_id": original["id"], "return_sale_ids": []}


def test_an_open_return_has_no_payments_until_it_is_completed(shop: Shop) -> None:
    made = shop.act("sales/3/return", completed=False)
    assert x_sale(shop, made)["status"] == "SAVED"
    assert x_sale(shop, made)["payments"] == []
    shop.act(f"sales/{made['sale_id']}/complete")
    assert x_sale(shop, made)["payments"][0]["amount"] == -4.06


def test_tenders_can_be_split_and_an_unknown_one_is_refused(shop: Shop) -> None:
    payments = [{"type": "Cash", "amount": "1.00"}, {"type": "Credit Card", "amount": "2.61"}]
    made = shop.act("sales", lines=LINES, payments=payments)
    assert [payment["name"] for payment in x_sale(shop, made)["payments"]] == ["Cash", "Credit Card"]
    body = {"lines": LINES, "payments": [{"type": "Shells", "amount": "1"}]}
    assert "Shells" in shop.client.post("/_sandbox/sales", json=body).json()["detail"]


def test_totals_count_completed_sales_and_set_voided_ones_apart(shop: Shop) -> None:
    shop.act("sales/5/void")
    shop.act("sales", lines=[{"product_id": 10, "price": "2"}], completed=False)
    days = {day["date"]: day for day in totals(shop)["days"]}
    assert (days["2026-03-02"]["sales"], days["2026-03-02"]["voided_sales"]) == (11, 1)
    assert days["2026-03-02"]["voided_sale_lines"] == 3
    lines = shop.client.get("/_sandbox/truth/sales", params={"date": "2026-03-02"}).json()["lines"]
    assert len(lines) == sum(days["2026-03-02"][name] for name in ("sale_lines", "voided_sale_lines"))
    only = shop.client.get("/_sandbox/totals", params={"from": "2026-03-03"}).json()
    assert only == {"days": [], "sum": {"sales": 0, "sale_lines": 0, "total": "0.00"}}


def test_both_series_add_up_to_the_totals(shop: Shop) -> None:
    shop.act("sales", lines=LINES)
    shop.act("sales/4/return")
    total, lines = Decimal(0), 0
    page = shop.r("Sale.json", load_relations='["SaleLines"]').json()
    for sale in page["Sale"]:
        nested = sale["SaleLines"]["SaleLine"]
        for line in nested if isinstance(nested, list) else [nested]:
            total += Decimal(line["calcSubtotal"]) - Decimal(line["calcLineDiscount"])
            lines += 1
    feed = shop.x("/api/2.0/sales").json()["data"]
    x_total = sum(Decimal(str(line["price_total"])) for sale in feed for line in sale["line_items"])
    expected = totals(shop)["sum"]
    assert expected["sales"] == len(page["Sale"]) == len(feed) == 14
    assert expected["sale_lines"] == lines == sum(len(sale["line_items"]) for sale in feed)
    assert Decimal(expected["total"]) == total == x_total
