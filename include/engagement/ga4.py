"""The GA4 export in BigQuery -> which of its tables are to be read, and their rows, by SQL alone.

Google makes one table a day, `events_YYYYMMDD`, changes it for up to three days, and keeps the unfinished day in
`events_intraday_YYYYMMDD` until the day's table is there (support.google.com/analytics/answer/7029846). Each table is
read by its own name: a query is billed for the tables that it names, and a wildcard names them all.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime as dt
import logging
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from include.engagement.rows import page_body
from include.landing.load import load
from include.lightspeed.client import Page
from include.warehouse.jobs import parameters, run_once
from include.warehouse.sql import render

if TYPE_CHECKING:
    from google.cloud import bigquery

    from include.landing.batch import Batch

log = logging.getLogger(__name__)

SETTLED_DAYS = 7
"""A day so much older than the newest one is final: Google promises that after three."""
THREADS = 8
URI = "bq://"
"""Beginning of a table's name among a batch's raw URIs."""

_NAME = re.compile(r"events_(intraday_)?(\d{8})")


class Place(msgspec.Struct):
    """Where the reading stands: days up to `through` are final, of later ones the state that was read."""

    through: str = ""
    states: dict[str, str] = {}


class ExportTable(msgspec.Struct, frozen=True):
    """One table of the export as it is now.

    Attributes:
        day: YYYYMMDD in the property's time zone.
        table: its name.
        state: changes whenever its rows do.
    """

    day: str
    table: str
    state: str

    @property
    def is_intraday(self) -> bool:
        """Whether its day is unfinished."""
        return "intraday" in self.table


@dataclasses.dataclass
class Ga4Export:
    """Reads the export.

    Args:
        client: BigQuery client.
        export: `project.analytics_…`, in the location of the dataset that it is read into.
        dataset: `project.dataset` of `content_events`.
        days: tables of a batch at most.
        history_days: older days than so many before the newest are not read.
        expires: when BigQuery removes the staging tables if nothing else has.
    """

    client: bigquery.Client
    export: str
    dataset: str
    days: int
    history_days: int
    expires: dt.datetime
    series: str = "ga4"
    api_version: str = "export"
    reached_end: bool = True
    chosen: list[ExportTable] = dataclasses.field(default_factory=list)

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Yield one page that names the tables to read, if there are any; its records are their names."""
        place = msgspec.json.decode(cursor, type=Place) if cursor else Place()
        found = due(self._tables(place.through), place)
        self.chosen = found[: self.days]
        self.reached_end = len(self.chosen) == len(found)
        if self.chosen:
            raw = [msgspec.Raw(msgspec.json.encode(table)) for table in self.chosen]
            yield Page("", page_body(raw), [], msgspec.json.encode(after(place, self.chosen)).decode())

    def fill(self, batch: Batch) -> Batch:
        """Fill the batch's staging table from the chosen tables; returns the batch with its counts and its tables."""
        load(self.client, self.dataset, batch, self.expires)
        staged = batch.staging_table(self.dataset, "rows")
        for table in self.chosen:
            self._fill(batch, staged, table)
        count = self.client.query_and_wait(render("content_events/staged.sql", staging_rows=staged))
        rows = next(iter(count))["staged"]
        names = [f"{URI}{self.export}.{table.table}" for table in self.chosen]
        return dataclasses.replace(batch, raw_uris=[*batch.raw_uris, *names], records=rows, rows_loaded=rows)

    def _fill(self, batch: Batch, staged: str, table: ExportTable) -> None:
        from google.cloud import bigquery

        text = render("content_events/fill.sql", staging_rows=staged, export_table=f"{self.export}.{table.table}")
        values = {
            "export_table_day": ("DATE", day_of(table.day)),
            "is_intraday": ("BOOL", table.is_intraday),
            "batch_id": ("STRING", batch.batch_id),
        }
        config = bigquery.QueryJobConfig(
            query_parameters=parameters(values), labels={"dag": batch.dag_id, "stream": batch.stream}
        )
        run_once(
            self.client,
            batch.job_id(self.dataset, f"fill_{table.table}"),
            lambda name: self.client.query(text, job_config=config, job_id=name, job_retry=None),
        )
        log.info("Staged %s.", table.table)

    def _tables(self, through: str) -> list[ExportTable]:
        """Tables of the days after a day, with their states; where a day has both tables, the finished one."""
        names: dict[str, str] = {}
        for item in self.client.list_tables(self.export):
            match = _NAME.fullmatch(item.table_id)
            if match and match[2] > through and not (match[1] and match[2] in names):
                names[match[2]] = item.table_id
        first = day_of(max(names)) - dt.timedelta(days=self.history_days) if names else dt.date.min
        wanted = {day: name for day, name in names.items() if day_of(day) >= first}
        with concurrent.futures.ThreadPoolExecutor(THREADS) as threads:
            states = threads.map(self._state, wanted.values())
            return [ExportTable(day, name, state) for (day, name), state in zip(wanted.items(), states, strict=True)]

    def _state(self, name: str) -> str:
        table = self.client.get_table(f"{self.export}.{name}")
        streamed = table.streaming_buffer.estimated_rows if table.streaming_buffer else 0
        return f"{name} {table.modified.isoformat() if table.modified else ''} {table.num_rows} {streamed}"


def due(tables: Iterable[ExportTable], place: Place) -> list[ExportTable]:
    """The tables that are not final and not as they were when they were read, by day."""
    changed = (each for each in tables if each.day > place.through and place.states.get(each.day) != each.state)
    return sorted(changed, key=lambda each: each.day)


def after(place: Place, read: Iterable[ExportTable]) -> Place:
    """Where the reading stands once more tables were read."""
    states = place.states | {table.day: table.state for table in read}
    settled = day_of(max(states)) - dt.timedelta(days=SETTLED_DAYS)
    through = max(place.through, f"{settled:%Y%m%d}")
    return Place(through, {day: state for day, state in sorted(states.items()) if day > through})


def day_of(text: str) -> dt.date:
    """The day that YYYYMMDD names."""
    return dt.datetime.strptime(text, "%Y%m%d").replace(tzinfo=dt.UTC).date()
