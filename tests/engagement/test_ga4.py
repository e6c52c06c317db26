"""Which tables of the GA4 export are due: new days, rewritten days, and the finished day for the unfinished one."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import msgspec

from include.engagement.ga4 import ExportTable, Ga4Export, Place, after, due


def table(day: int, state: str = "1", intraday: bool = False) -> ExportTable:
    name = f"events_{'intraday_' if intraday else ''}202611{day:02d}"
    return ExportTable(f"202611{day:02d}", name, f"{name} {state}")


def test_each_day_is_read_once_and_again_when_it_was_rewritten():
    days = [table(day) for day in (1, 2, 3)]
    place = after(Place(), due(days, Place()))
    assert due(days, place) == []
    rewritten = [table(1), table(2, "2"), table(3)]
    assert [each.table for each in due(rewritten, place)] == ["events_20261102"]


def test_a_day_older_than_a_week_is_final():
    place = after(Place(), [table(day) for day in range(1, 16)])
    assert place.through == "20261108"
    assert due([table(8, "2"), table(9, "2")], place) == [table(9, "2")]


def test_the_finished_day_takes_the_unfinished_ones_place():
    place = after(Place(), due([table(1), table(2, intraday=True)], Place()))
    assert due([table(1), table(2)], place) == [table(2)]


def test_a_reading_of_many_days_goes_on_where_it_stopped():
    days = [table(day) for day in range(1, 29)]
    place, seen = Place(), []
    while found := due(days, place)[:5]:
        seen += found
        place = after(place, found)
    assert seen == days


def test_the_cursor_stays_small():
    place = Place()
    for day in range(1, 29):
        place = after(place, [table(day)])
    assert len(place.states) == 7
    assert len(msgspec.json.encode(place)) < 1000


@dataclasses.dataclass
class Warehouse:
    """Lists tables and tells of each how often it was changed."""

    names: dict[str, int]

    def list_tables(self, dataset: str) -> list[Any]:
        assert dataset == "p.analytics_1"
        return [type("Item", (), {"table_id": name}) for name in self.names]

    def get_table(self, name: str) -> Any:
        changed = dt.datetime(2026, 11, 24, self.names[name.rpartition(".")[2]], tzinfo=dt.UTC)
        return type("Table", (), {"modified": changed, "num_rows": 3, "streaming_buffer": None})


def reader(names: dict[str, int], days: int = 100, history_days: int = 730) -> Ga4Export:
    client: Any = Warehouse(names)
    return Ga4Export(client, "p.analytics_1", "p.d", days, history_days, dt.datetime(2026, 11, 25, tzinfo=dt.UTC))


def test_the_export_is_read_by_the_names_of_its_tables():
    names = {
        "events_20261123": 1,
        "events_intraday_20261123": 2,
        "events_intraday_20261124": 3,
        "pseudonymous_users_1": 1,
    }
    export = reader(names)
    (page,) = export.pages(None)
    assert [each.table for each in export.chosen] == ["events_20261123", "events_intraday_20261124"]
    assert list(reader(names).pages(page.cursor)) == []
    grown = reader(names | {"events_intraday_20261124": 4})
    assert len(list(grown.pages(page.cursor))) == 1
    assert [each.table for each in grown.chosen] == ["events_intraday_20261124"]


def test_a_batch_is_bounded_and_says_that_there_is_more():
    names = {f"events_202611{day:02d}": 1 for day in range(1, 8)}
    export = reader(names, days=3)
    list(export.pages(None))
    assert ([each.day[-2:] for each in export.chosen], export.reached_end) == (["01", "02", "03"], False)


def test_days_before_the_history_wanted_are_not_read():
    export = reader({"events_20240101": 1, "events_20261123": 1}, history_days=30)
    list(export.pages(None))
    assert [each.day for each in export.chosen] == ["20261123"]


def test_an_export_without_tables_is_nothing_new():
    assert list(reader({}).pages(None)) == []
