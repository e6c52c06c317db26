"""Faults inside a page: rows go missing, come twice, turn round, appear late, and pages come again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.lightspeed.conftest import Shop

SALES = "/api/2.0/sales"


def versions(answer: Any) -> list[int]:
    return [sale["version"] for sale in answer.json()["data"]]


def ids(answer: Any) -> list[str]:
    return [sale["saleID"] for sale in answer.json()["Sale"]]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("fewer", slice(None, -1)), ("reordered", slice(None, None, -1))],
)
def test_rows_change_and_what_the_page_says_of_itself_stays(shop: Shop, kind: str, expected: slice) -> None:
    whole, listed = shop.x(SALES), shop.r("Sale.json")
    for path in ("/api/", "/API/"):
        shop.act("faults", kind=kind, path=path)
    spoilt = shop.x(SALES)
    assert versions(spoilt) == versions(whole)[expected]
    assert spoilt.json()["version"] == whole.json()["version"]
    assert ids(shop.r("Sale.json")) == ids(listed)[expected]
    assert shop.x(SALES).content == whole.content


def test_rows_come_twice(shop: Shop) -> None:
    whole = versions(shop.x(SALES))
    shop.act("faults", kind="duplicated")
    assert sorted(versions(shop.x(SALES))) == sorted(whole * 2)


def test_a_page_comes_again(shop: Shop) -> None:
    first = shop.x(SALES, page_size=5)
    shop.act("faults", kind="repeated")
    assert shop.x(SALES, page_size=5, after=versions(first)[-1]).content == first.content


def test_a_late_row_is_hidden_from_so_many_answers_and_then_there(shop: Shop) -> None:
    whole = versions(shop.x(SALES))
    shop.act("faults", kind="late", count=2, path=SALES)
    assert versions(shop.x(SALES, after=whole[-1])) == []
    seen = [versions(shop.x(SALES)) for _ in range(3)]
    assert seen == [whole[:-2] + whole[-1:]] * 2 + [whole]


def test_a_late_row_of_r_series_is_one_of_the_last_page(shop: Shop) -> None:
    shop.act("faults", kind="late", path="/API/")
    first = shop.r("Sale.json", limit="7")
    assert len(ids(first)) == 7
    assert len(ids(shop.r(first.json()["@attributes"]["next"]))) == 4
    assert len(ids(shop.r("Sale.json"))) == 12


def test_the_first_sale_of_a_page_is_voided_just_before_it(shop: Shop) -> None:
    first = shop.x(SALES, page_size=5).json()["data"][0]
    shop.act("faults", kind="mutated")
    assert first["id"] not in [sale["id"] for sale in shop.x(SALES, page_size=5).json()["data"]]
    assert shop.x(SALES).json()["data"][-1]["status"] == "VOIDED"


def test_a_refusal_can_name_its_end_as_a_date(shop: Shop) -> None:
    shop.act("faults", kind="429_date", seconds=9)
    assert shop.x(SALES).headers["retry-after"] == "Mon, 02 Mar 2026 12:00:10 GMT"


def test_a_proxys_page_comes_with_status_200(shop: Shop) -> None:
    shop.act("faults", kind="html")
    answer = shop.x(SALES)
    assert (answer.status_code, answer.text[:6]) == (200, "<html>")
