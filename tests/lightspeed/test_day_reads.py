"""Sales by day and by id: complete, each once, under writes, at little cost; what is gone is said to be gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.lightspeed.errors import ConfigurationError, UnexpectedResponse
from include.lightspeed.records import RowBuilder
from tests.lightspeed.virtual import Reader, decoded, reader, ring_up
from tests.sandbox.lightspeed.conftest import NOON, Shop

SERIES = ["x_series", "x_series_2026_07", "r_series"]
DAY = datetime(2026, 3, 2, tzinfo=UTC)


def completed(source: Reader, first: datetime, end: datetime) -> dict[str, tuple[datetime, int]]:
    """Return completion and number of lines of every sale in the span; each must come once."""
    found: dict[str, tuple[datetime, int]] = {}
    for page in source.client.sales_completed(first, end):
        assert page.cursor == ""
        builder = RowBuilder("sales", source.client.series, "b")
        assert builder.add(page.records) == []
        rows = builder.to_table().to_pylist()
        for header in builder.headers_table().to_pylist():
            moment = header["completed_at"]
            if moment is not None and first <= moment < end:
                assert header["sale_id"] not in found
                found[header["sale_id"]] = (moment, sum(row["sale_id"] == header["sale_id"] for row in rows))
    return found


def key(series: str) -> str:
    return "sale_id" if series == "r_series" else "x_sale_id"


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("page_size", [100, 2])
def test_a_day_has_all_of_its_sales_and_no_other(shop: Shop, series: str, page_size: int):
    late = shop.act("sales", lines=[{"price": "1.00"}], completed_at=(DAY - timedelta(seconds=1)).isoformat())
    first = shop.act("sales", lines=[{"price": "1.00"}], completed_at=DAY.isoformat())
    shop.act("sales", lines=[{"price": "1.00"}], completed=False)
    source = reader(series, shop, page_size=page_size)
    found = completed(source, DAY, NOON)
    truth = shop.client.get("/_sandbox/truth/sales", params={"date": "2026-03-02"}).json()["lines"]
    expected: dict[str, int] = {}
    for line in truth:
        if datetime.fromisoformat(line["completed_at"]) < NOON:
            expected[line[key(series)]] = expected.get(line[key(series)], 0) + 1
    assert {name: lines for name, (_, lines) in found.items()} == expected
    assert first[key(series)] in found
    assert late[key(series)] not in found
    assert set(completed(source, DAY - timedelta(days=1), DAY)) >= {late[key(series)]}


@pytest.mark.parametrize("series", SERIES)
def test_a_crowded_second_is_read_whole(shop: Shop, series: str):
    second = DAY + timedelta(seconds=5)
    sold = [shop.act("sales", lines=[{"price": "1.00"}], completed_at=second.isoformat()) for _ in range(7)]
    found = completed(reader(series, shop, page_size=3), second, second + timedelta(seconds=1))
    assert set(found) == {sale[key(series)] for sale in sold}


@pytest.mark.parametrize("series", SERIES)
def test_sales_made_while_reading_hide_and_repeat_none_that_were_there(shop: Shop, series: str):
    source = reader(series, shop, page_size=4)
    before = set(completed(source, DAY, NOON))
    assert len(before) == 12

    def sell() -> None:
        made = len(source.adapter.log)
        moment = NOON - timedelta(hours=made % 12, seconds=7 + made)
        shop.act("sales", lines=[{"price": "1.00"}], completed_at=moment.isoformat())

    source.adapter.before = sell
    if series == "r_series":
        # Ids only grow, so the end of the list would run away from a reader that sells with each request.
        pages = source.client.sales_completed(DAY, NOON)
        found = {each["saleID"] for _, page in zip(range(5), pages, strict=False) for each in decoded(page)}
    else:
        found = set(completed(source, DAY, NOON))
    assert found >= before


def test_an_x_day_that_fits_on_a_page_costs_two_requests(shop: Shop):
    source = reader("x_series", shop)
    assert len(completed(source, DAY, NOON)) == 12
    assert len(source.adapter.log) == 2


def test_known_completions_cut_an_x_day_where_a_page_is_almost_full(shop: Shop):
    times = [NOON - timedelta(hours=number) for number in range(1, 13)]
    for expected, requests in (([], 14), (times, 8)):
        source = reader("x_series", shop, page_size=4)
        pages = list(source.client.sales_completed(DAY, NOON, expected))
        ids = [sale["id"] for page in pages for sale in decoded(page)]
        assert len(ids) == len(set(ids)) == 12
        assert len(source.adapter.log) == requests


def test_what_lies_beyond_a_page_is_asked_for_one_record(shop: Shop):
    source = reader("x_series", shop)
    assert len(completed(source, DAY, NOON)) == 12
    (_, page, _), (_, rest, _) = source.adapter.log
    assert "offset=0" in page
    assert rest.endswith("offset=12&page_size=1")


def test_an_r_day_asks_for_no_more_than_the_rows_need(shop: Shop):
    source = reader("r_series", shop)
    assert len(completed(source, DAY, NOON)) == 12
    (path,) = [path for _, path, _ in source.adapter.log if "Sale.json" in path]
    assert "completeTime=%3E%3C%2C2026-03-02T00%3A00%3A00-00%3A00%2C2026-03-02T11%3A59%3A59-00%3A00" in path
    assert path.count("load_relations=%5B%22SaleLines%22%2C%22SalePayments%22%2C%22SalePayments.PaymentType%22%5D") == 1


@pytest.mark.parametrize("series", SERIES)
def test_an_empty_span_asks_for_nothing_or_finds_nothing(shop: Shop, series: str):
    source = reader(series, shop)
    assert completed(source, DAY, DAY) == {}
    assert source.adapter.log == []
    assert completed(source, DAY - timedelta(days=30), DAY - timedelta(days=29)) == {}


@pytest.mark.parametrize("series", SERIES)
def test_sales_by_id_are_as_they_are_now_and_lost_ones_are_named(shop: Shop, series: str):
    sold = ring_up(shop, 3)
    shop.act(f"sales/{sold[1]['sale_id']}/void")
    ids = [sale[key(series)] for sale in sold]
    gone = "999999" if series == "r_series" else "5a1e5a1e-0001-4000-8000-0000000f423f"
    source = reader(series, shop, page_size=2)
    builder, missing = RowBuilder("sales", source.client.series, "b"), []
    for page in source.client.sales_by_id([*ids, gone, ids[0]]):
        assert builder.add(page.records) == []
        missing += page.missing
    rows = builder.to_table().to_pylist()
    assert sorted(row["sale_id"] for row in rows) == sorted(ids)
    assert [row["sale_id"] for row in rows if row["is_voided"]] == [ids[1]]
    assert missing == [gone]


def test_by_id_of_nothing_asks_for_nothing(shop: Shop):
    for series in SERIES:
        source = reader(series, shop)
        assert list(source.client.sales_by_id([])) == []
        assert source.adapter.log == []


def test_an_id_cannot_smuggle_a_path_or_a_filter(shop: Shop):
    (page,) = reader("x_series", shop).client.sales_by_id(["../customers?x=1"])
    assert page.missing == ("../customers?x=1",)
    with pytest.raises(ConfigurationError, match="no id of an R-Series sale"):
        list(reader("r_series", shop).client.sales_by_id(["1]&archived=only"]))


@pytest.mark.parametrize("kind", ["empty", "truncated", "new_version"])
@pytest.mark.parametrize("ask", ["completed", "by_id"])
def test_an_answer_that_is_none_fails_loudly(shop: Shop, kind: str, ask: str):
    (sold,) = ring_up(shop)
    source = reader("x_series", shop)
    shop.act("faults", kind=kind, path="/api/2.0/")
    reads: dict[str, Callable[[], Any]] = {
        "completed": lambda: list(source.client.sales_completed(DAY, NOON)),
        "by_id": lambda: list(source.client.sales_by_id([sold["x_sale_id"]])),
    }
    with pytest.raises(UnexpectedResponse):
        reads[ask]()
