"""A day compared sale by sale, against the simulated shop of either series."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import msgspec
import pytest

from include.lightspeed.client import Page
from include.reconciliation.compare import DayCheck, Held, Totals, check_day
from include.reconciliation.sightings import SaleState, look
from include.reconciliation.tasks import sentence, span
from tests.lightspeed.conftest import filled, open_shop, sales_file, shop
from tests.lightspeed.test_day_reads import DAY, SERIES
from tests.lightspeed.virtual import Reader, reader
from tests.sandbox.lightspeed.conftest import NOON, Shop

__all__ = ["filled", "open_shop", "sales_file", "shop"]
GRACE = dt.timedelta(minutes=15)
LATER = NOON + dt.timedelta(hours=1)


def held(source: Reader) -> Held:
    """The day as a table would have it that has missed nothing."""
    seen = look(source.client.sales_completed(DAY, DAY + dt.timedelta(days=1)), source.client.series)
    return Held(dict(seen.counted), dict(seen.updated_at))


def check(source: Reader, had: Held, now: dt.datetime = LATER) -> DayCheck:
    return check_day(source.client, DAY.date(), had, now, GRACE)


def found(result: DayCheck) -> tuple[int, int, int]:
    return result.missing, result.unexpected, result.changed


@pytest.mark.parametrize("series", SERIES)
def test_a_day_that_agrees_has_the_figures_of_the_shop_itself(shop: Shop, series: str):
    source = reader(series, shop)
    result = check(source, held(source))
    (day,) = shop.client.get("/_sandbox/totals", params={"from": "2026-03-02", "to": "2026-03-02"}).json()["days"]
    assert found(result) == (0, 0, 0)
    assert result.source == result.warehouse == Totals(day["sales"], day["sale_lines"], Decimal(day["total"]))


@pytest.mark.parametrize("series", SERIES)
def test_an_edit_that_moves_no_time_is_a_changed_sale(shop: Shop, series: str):
    source = reader(series, shop)
    had = held(source)
    line = shop.sale(2).lines[0].line_id
    shop.act("sales/2/edit", remove_lines=[line], quiet=True)
    result = check(source, had)
    assert found(result) == (0, 0, 1)
    assert result.warehouse.lines == result.source.lines + 1
    assert result.strays == []


def test_two_edits_that_leave_the_day_s_amount_as_it_was_are_found(shop: Shop):
    source = reader("x_series", shop)
    had = held(source)
    for sale_id, price in ((3, "1.00"), (6, "10.25")):
        shop.act(
            f"sales/{sale_id}/edit",
            change_lines=[{"line_id": shop.sale(sale_id).lines[0].line_id, "price": price}],
            quiet=True,
        )
    result = check(source, had)
    assert result.source == result.warehouse
    assert result.changed == 2


@pytest.mark.parametrize("series", SERIES)
def test_another_time_of_the_same_day_is_a_changed_sale(shop: Shop, series: str):
    source = reader(series, shop)
    had = held(source)
    shop.act("sales/2/edit", completed_at=(DAY + dt.timedelta(hours=1)).isoformat(), quiet=True)
    assert found(check(source, had)) == (0, 0, 1)


@pytest.mark.parametrize("series", SERIES)
def test_a_sale_that_left_the_day_is_one_to_ask_for_by_id(shop: Shop, series: str):
    source = reader(series, shop)
    had = held(source)
    shop.act("sales/2/edit", completed_at=(DAY - dt.timedelta(hours=1)).isoformat(), quiet=True)
    assert shop.client.delete("/_sandbox/sales/3").status_code == 200
    result = check(source, had)
    assert found(result) == (0, 2, 0)
    assert len(result.strays) == 2
    assert result.examples == result.strays


@pytest.mark.parametrize("series", SERIES)
def test_a_sale_that_the_table_lacks_is_missing(shop: Shop, series: str):
    source = reader(series, shop)
    had = held(source)
    lost = min(had.states)
    result = check(source, Held({k: v for k, v in had.states.items() if k != lost}, {}))
    assert found(result) == (1, 0, 0)
    assert result.examples == [lost]


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("act", ["void", "reopen", "edit", "sell"])
def test_what_changed_within_the_grace_period_is_in_flight_and_no_difference(shop: Shop, series: str, act: str):
    source = reader(series, shop)
    had = held(source)
    if act == "sell":
        shop.act("sales", lines=[{"price": "1.00"}], completed_at=(DAY + dt.timedelta(hours=2)).isoformat())
    else:
        body = {"completed_at": (DAY - dt.timedelta(days=1)).isoformat()} if act == "edit" else {}
        shop.act(f"sales/2/{act}", **body)
    result = check(source, had, NOON + dt.timedelta(minutes=5))
    assert (found(result), result.in_flight) == ((0, 0, 0), 1)
    assert result.source == result.warehouse
    assert sum(found(check(source, had))) == 1


@pytest.mark.parametrize("series", SERIES)
def test_a_sale_that_the_table_knows_of_first_is_in_flight(shop: Shop, series: str):
    """Made and ingested while the day was being read."""
    source = reader(series, shop)
    had = held(source)
    state = SaleState(NOON, 1, Decimal(1))
    newer = Held({**had.states, "999999": state}, {**had.updated_at, "999999": LATER})
    assert found(check(source, newer)) == (0, 0, 0)


def test_a_sale_that_does_not_fit_is_counted_apart(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    """It stands in rejected_records; what the table has of it is its last state that did fit."""
    source = reader("x_series", shop)
    had = held(source)
    bad = min(had.states)
    pages = list(source.client.sales_completed(DAY, NOON))
    unfit = msgspec.Raw(msgspec.json.encode({"id": bad, "version": 1, "status": "UNHEARD OF"}))
    records = [raw for page in pages for raw in page.records if bad.encode() not in bytes(raw)]
    page = Page("", b"", [*records, unfit], "")
    monkeypatch.setattr(source.client, "sales_completed", lambda *_: iter([page]))
    result = check(source, had)
    assert result.rejected == 1
    assert found(result) == (0, 0, 0)


def test_a_check_goes_through_xcom_unchanged(shop: Shop):
    source = reader("x_series", shop)
    had = held(source)
    shop.act("sales/2/edit", customer_id=9, completed_at=DAY.isoformat(), quiet=True)
    result = check(source, had)
    assert result.differing == 1
    assert DayCheck.from_xcom(json.loads(json.dumps(result.to_xcom()))) == result


@pytest.mark.parametrize("series", SERIES)
def test_a_day_costs_what_its_pages_cost(shop: Shop, series: str):
    """Four pages of three: the known times of completion tell X-Series where to cut the day."""
    size = 3
    source = reader(series, shop, page_size=size)
    had = held(source)
    source.adapter.log.clear()
    assert found(check(source, had)) == (0, 0, 0)
    asked = [path for _, path, _ in source.adapter.log if "search" in path or "Sale.json" in path]
    assert len(asked) <= (12 if series != "r_series" else 12 // size + 1)


def test_what_remains_is_one_sentence(shop: Shop):
    assert sentence([]) is None
    source = reader("r_series", shop)
    had = held(source)
    result = check(source, Held({k: v for k, v in had.states.items() if k != "5"}, {}))
    assert sentence([result]) == (
        "1 sales of 1 days differ between Lightspeed and BigQuery after reconciliation, the first day is 2026-03-02 "
        "(amount +37.5; sales 5): see reconciliation_status, then the days' rows in reconciliation_runs."
    )


def test_a_span_has_both_of_its_ends():
    assert span(dt.date(2026, 2, 27), dt.date(2026, 3, 1)) == [
        dt.date(2026, 2, 27),
        dt.date(2026, 2, 28),
        dt.date(2026, 3, 1),
    ]
    assert span(None, dt.date(2026, 3, 1)) == []
    with pytest.raises(ValueError, match="comes after last_day"):
        span(dt.date(2026, 3, 2), dt.date(2026, 3, 1))
    with pytest.raises(ValueError, match="more than 92 days"):
        span(dt.date(2026, 1, 1), dt.date(2026, 4, 3))
    assert len(span(dt.date(2026, 1, 1), dt.date(2026, 4, 2))) == 92
