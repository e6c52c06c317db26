"""R-Series JSON: every scalar a string, one of a list an object, an empty nest "", no key for no rows."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sandbox.lightspeed.conftest import Shop

RELATIONS = json.dumps(["SaleLines", "SalePayments", "SalePayments.PaymentType"])


def scalars(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [scalar for member in value.values() for scalar in scalars(member)]
    if isinstance(value, list):
        return [scalar for member in value for scalar in scalars(member)]
    return [value]


def test_the_account_is_found_without_knowing_its_id(shop: Shop) -> None:
    answer = shop.r("http://testserver/API/V3/Account.json").json()
    assert answer["Account"]["accountID"] == "100001"


def test_several_rows_are_a_list_one_is_an_object_and_none_leave_no_key(shop: Shop) -> None:
    many = shop.r("Sale.json", saleID="IN,[1,2]").json()
    assert [sale["saleID"] for sale in many["Sale"]] == ["1", "2"]
    assert shop.r("Sale.json", saleID="2").json()["Sale"]["saleID"] == "2"
    assert shop.r("Sale.json", saleID="999").json() == {"@attributes": {"next": "", "previous": ""}}


def test_every_scalar_is_a_string(shop: Shop) -> None:
    page = shop.r("Sale.json", load_relations="all").json()
    assert all(isinstance(scalar, str) for scalar in scalars(page))


def test_one_line_is_an_object_and_two_are_a_list(shop: Shop) -> None:
    sales = shop.r("Sale.json", saleID="IN,[3,4]", load_relations=RELATIONS).json()["Sale"]
    assert isinstance(sales[0]["SaleLines"]["SaleLine"], dict)
    assert isinstance(sales[1]["SaleLines"]["SaleLine"], list)
    assert isinstance(sales[0]["SalePayments"]["SalePayment"], dict)


def test_relations_are_absent_unless_loaded(shop: Shop) -> None:
    sale = shop.r("Sale/3.json").json()["Sale"]
    assert not {"SaleLines", "SalePayments", "Customer"} & set(sale)
    with_lines = shop.r("Sale/3.json", load_relations='["SaleLines"]').json()["Sale"]
    assert "SaleLines" in with_lines
    assert "SalePayments" not in with_lines


def test_line_money_has_more_than_two_decimals_and_the_header_two(shop: Shop) -> None:
    sale = shop.r("Sale/3.json", load_relations=RELATIONS).json()["Sale"]
    line = sale["SaleLines"]["SaleLine"]
    assert line["calcTotal"] == "4.059375"
    assert Decimal(line["calcTotal"]) == Decimal(line["calcSubtotal"]) + Decimal(line["calcTax1"])
    assert sale["calcTotal"] == "4.06"
    assert sale["SalePayments"]["SalePayment"]["amount"] == "4.06"
    assert sale["SalePayments"]["SalePayment"]["PaymentType"]["name"] == "Cash"


def test_an_open_sale_has_no_complete_time_and_empty_nests(shop: Shop) -> None:
    made = shop.act("sales", lines=[], completed=False)
    sale = shop.r(f"Sale/{made['sale_id']}.json", load_relations=RELATIONS).json()["Sale"]
    assert "completeTime" not in sale
    assert sale["completed"] == "false"
    assert sale["SalePayments"] == ""
    assert "SaleLines" not in sale
    assert sale["customerID"] == "0"


def test_a_customer_without_addresses_has_empty_strings_for_lists(shop: Shop) -> None:
    shop.act("customers/1", emails=[])
    shop.act("customers/2", emails=["only@example.com"])
    shop.act("customers/3", emails=["one@example.com", "two@example.com"])
    query = {"customerID": "><,1,3", "load_relations": '["Contact"]'}
    none, one, two = (row["Contact"]["Emails"] for row in shop.r("Customer.json", **query).json()["Customer"])
    assert none == ""
    assert one == {"ContactEmail": {"address": "only@example.com", "useType": "Primary"}}
    assert [email["useType"] for email in two["ContactEmail"]] == ["Primary", "Secondary"]


def test_a_single_record_carries_a_count_and_an_unknown_one_is_404(shop: Shop) -> None:
    assert shop.r("Customer/1.json").json()["@attributes"] == {"count": "1"}
    assert shop.r("Customer/77.json").status_code == 404
    assert shop.r("Shoe/1.json").json()["httpCode"] == "404"


def test_items_and_payment_types_have_their_fields(shop: Shop) -> None:
    item = shop.r("Item/10.json").json()["Item"]
    assert item["description"] == "10"
    assert {price["useType"] for price in item["Prices"]["ItemPrice"]} == {"Default", "MSRP"}
    kinds = shop.r("PaymentType.json").json()["PaymentType"]
    assert [(kind["name"], kind["type"]) for kind in kinds] == [
        ("Cash", "cash"),
        ("Credit Card", "credit card"),
    ]
    assert "timeStamp" not in kinds[0]


def test_archived_customers_are_left_out_unless_asked_for(shop: Shop) -> None:
    shop.act("customers/1", is_archived=True)

    def ids(**query: str) -> list[str]:
        rows = shop.r("Customer.json", **query).json()["Customer"]
        return [row["customerID"] for row in (rows if isinstance(rows, list) else [rows])]

    assert ids() == ["2", "3", "4"]
    assert ids(archived="true") == ["1", "2", "3", "4"]
    assert ids(archived="only") == ["1"]
