"""Days read again: whole, bounded, with what left them; a sale that is gone leaves a tombstone in the raw pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import msgspec
import pytest

from include.lightspeed.records import RowBuilder
from include.reconciliation.compare import DayCheck, Totals
from include.reconciliation.reread import Rereading, reread_days
from tests.landing.test_batch import make_batch
from tests.lightspeed.conftest import filled, open_shop, sales_file, shop
from tests.lightspeed.test_day_reads import DAY, SERIES, key
from tests.lightspeed.virtual import reader, ring_up
from tests.sandbox.lightspeed.conftest import NOON, Shop

__all__ = ["filled", "open_shop", "sales_file", "shop"]
NOTHING = Totals(0, 0, Decimal(0))


def differing(day: dt.date, *strays: str) -> DayCheck:
    return DayCheck(day, NOON, NOTHING, NOTHING, 1, len(strays), 0, 0, 0, [], list(strays))


def known(ids: Sequence[str]) -> dict[str, tuple[int, dt.datetime]]:
    return dict.fromkeys(ids, (2691964700, DAY))


def rereading(shop: Shop, series: str, max_sales: int = 100) -> Rereading:
    return Rereading(reader(series, shop).client, known, lambda: NOON, max_sales)


@pytest.mark.parametrize("series", SERIES)
def test_a_day_comes_whole_with_the_sales_that_left_it(shop: Shop, series: str):
    (sold,) = ring_up(shop)
    shop.act(f"sales/{sold['sale_id']}/edit", completed_at=(DAY - dt.timedelta(days=3)).isoformat())
    builder = RowBuilder("sales", rereading(shop, series).client.series, "b")
    for page in rereading(shop, series).pages([differing(DAY.date(), sold[key(series)])]):
        assert builder.add(page.records) == []
        assert page.cursor == "2026-03-02"
    days = {header["sale_id"]: header["completed_at"].date() for header in builder.headers_table().to_pylist()}
    assert len(days) == 13
    assert days[sold[key(series)]] == DAY.date() - dt.timedelta(days=3)


@pytest.mark.parametrize("series", SERIES)
def test_a_sale_that_is_gone_leaves_the_table_by_a_page_that_can_be_replayed(shop: Shop, series: str):
    gone = "999999" if series == "r_series" else "5a1e5a1e-0001-4000-8000-0000000f423f"
    *_, last = rereading(shop, series).pages([differing(DAY.date(), gone)])
    page = msgspec.json.decode(last.body)
    (record,) = [page["Sale"]] if series == "r_series" else page["data"]
    assert [msgspec.json.decode(each) for each in last.records] == [record]
    builder = RowBuilder("sales", rereading(shop, series).client.series, "b")
    assert builder.add(last.records) == []
    (header,) = builder.headers_table().to_pylist()
    assert (header["sale_id"], header["completed_at"]) == (gone, None)
    expected = int(DAY.timestamp()) if series == "r_series" else 2_691_964_700
    assert header["version"] == expected
    assert builder.to_table().num_rows == 0


def test_no_further_day_is_begun_beyond_the_bound(shop: Shop):
    days = [DAY.date(), DAY.date() - dt.timedelta(days=1), DAY.date() - dt.timedelta(days=2)]
    shop.act("sales", lines=[{"price": "1.00"}], completed_at=(DAY - dt.timedelta(hours=1)).isoformat())
    for bound, read in ((12, 1), (13, 2)):
        *_, last = rereading(shop, "r_series", bound).pages([differing(day) for day in days])
        assert reread_days(make_batch(cursor_to=last.cursor)) == set(days[:read])
