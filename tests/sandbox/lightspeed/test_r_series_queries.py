"""R-Series queries: operators, sorts, opaque cursors, and what V3 refuses."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.lightspeed.r_query import decode_cursor, encode_cursor

if TYPE_CHECKING:
    from tests.sandbox.lightspeed.conftest import Shop


def ids(shop: Shop, **query: str) -> list[int]:
    rows = shop.r("Sale.json", **query).json().get("Sale", [])
    return [int(row["saleID"]) for row in (rows if isinstance(rows, list) else [rows])]


def follow(shop: Shop, address: str, way: str = "next") -> list[list[int]]:
    pages = []
    while address:
        body = shop.r(address).json()
        rows = body.get("Sale", [])
        pages.append([int(row["saleID"]) for row in (rows if isinstance(rows, list) else [rows])])
        address = body["@attributes"][way]
    return pages


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("saleID", "5", [5]),
        ("saleID", "=,5", [5]),
        ("saleID", ">,10", [11, 12]),
        ("saleID", ">=,11", [11, 12]),
        ("saleID", "<,3", [1, 2]),
        ("saleID", "<=,2", [1, 2]),
        ("saleID", "><,2,4", [2, 3, 4]),
        ("saleID", "IN,[7,9]", [7, 9]),
        ("customerID", "!=,1", [1, 2, 3, 5, 6, 7, 9, 10, 11]),
        ("timeStamp", ">,2026-03-02T10:00:00-00:00", [1]),
        ("timeStamp", ">=,2026-03-02T10:00:00-0000", [1, 2]),
        ("completeTime", "><,2026-03-02T02:00:00+02:00,2026-03-02T01:00:00-00:00", [11, 12]),
        ("updatetime", "<,2026-03-02T01:00:00-00:00", [12]),
        ("completed", "false", []),
        ("or", "saleID=1|saleID=3", [1, 3]),
    ],
)
def test_operators_filter_as_documented(shop: Shop, field: str, value: str, expected: list[int]) -> None:
    assert ids(shop, **{field: value}) == expected


def test_text_operators_match_patterns(shop: Shop) -> None:
    kinds = shop.r("PaymentType.json", name="~,Cred%").json()["PaymentType"]
    assert kinds["name"] == "Credit Card"
    assert shop.r("PaymentType.json", name="!~,Cred%").json()["PaymentType"]["name"] == "Cash"


def test_pages_follow_next_to_the_end_and_previous_back(shop: Shop) -> None:
    pages = follow(shop, "Sale.json?limit=5")
    assert pages == [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10], [11, 12]]
    first = shop.r("Sale.json", limit="5").json()["@attributes"]
    assert first["previous"] == ""
    assert base64.b64decode(parse_qs(urlsplit(first["next"]).query)["after"][0]) == b"[5]"
    second = shop.r(first["next"]).json()["@attributes"]
    assert follow(shop, second["previous"], "previous") == [[1, 2, 3, 4, 5]]


def test_next_repeats_filters_sort_and_limit(shop: Shop) -> None:
    body = shop.r("Sale.json", limit="2", sort="-timeStamp", customerID="2", load_relations='["SaleLines"]').json()
    query = parse_qs(urlsplit(body["@attributes"]["next"]).query)
    assert query["sort"] == ["-timeStamp"]
    assert query["limit"] == ["2"]
    assert query["customerID"] == ["2"]
    assert query["load_relations"] == ['["SaleLines"]']


@pytest.mark.parametrize("sort", ["timeStamp", "completeTime", "updatetime", "-saleID"])
def test_sorts_page_without_loss_or_repeat(shop: Shop, sort: str) -> None:
    pages = follow(shop, f"Sale.json?limit=5&sort={sort}")
    assert [number for page in pages for number in page] == list(range(12, 0, -1))


def test_sales_of_one_second_are_not_lost_between_pages(shop: Shop) -> None:
    made = [int(shop.act("sales", lines=[{"price": "1"}])["sale_id"]) for _ in range(4)]
    pages = follow(shop, "Sale.json?limit=1&sort=timeStamp&timeStamp=%3E%3D,2026-03-02T12:00:00-00:00")
    assert [number for page in pages for number in page] == made


def test_a_sale_edited_between_two_pages_is_not_lost(shop: Shop) -> None:
    first = shop.r("Sale.json", limit="5").json()
    shop.act("sales/1/void")
    rest = follow(shop, first["@attributes"]["next"])
    assert [number for page in rest for number in page] == list(range(6, 13))


def test_limit_zero_is_an_empty_page(shop: Shop) -> None:
    assert shop.r("Sale.json", limit="0").json() == {"@attributes": {"next": "", "previous": ""}}


def test_count_counts(shop: Shop) -> None:
    assert shop.r("Sale.json", count="1", saleID=">,10").json() == {"@attributes": {"count": "2"}}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"offset": "5"}, "offset"),
        ({"orderby": "saleID"}, "orderby"),
        ({"limit": "101"}, "limit"),
        ({"sort": "total"}, "saleID, timeStamp, completeTime, updatetime"),
        ({"colour": "red"}, "colour"),
        ({"saleID": "abc"}, "abc"),
        ({"timeStamp": ">,yesterday"}, "yesterday"),
        ({"timeStamp": ">,2026-03-02T10:00:00 00:00"}, "2026-03-02T10:00:00 00:00"),
        ({"load_relations": "SaleLines"}, "load_relations"),
        ({"load_relations": '["Shoes"]'}, "Shoes"),
        ({"after": "not base64"}, "cursor"),
        ({"after": encode_cursor([5]), "sort": "timeStamp"}, "cursor"),
        ({"count": "1", "limit": "5"}, "count"),
    ],
)
def test_what_v3_does_not_accept_is_400_with_a_reason(shop: Shop, query: dict[str, str], said: str) -> None:
    answer = shop.r("Sale.json", **query)
    assert answer.status_code == 400
    assert answer.json()["httpCode"] == "400"
    assert said in answer.json()["message"]


def test_cursors_are_base64_of_a_json_array() -> None:
    assert encode_cursor([100]) == "WzEwMF0="
    assert decode_cursor("WzEwMF0=") == [100]
    assert json.loads(base64.b64decode(encode_cursor([7, "a"]))) == [7, "a"]
