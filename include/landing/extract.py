"""A source -> Cloud Storage: polls after the ledger's watermark, lands what is new, one batch a stream."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime as dt
import logging
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from include.forgetting.people import NOBODY, Forgotten
from include.forgetting.records import redact_page, redact_record
from include.landing import batch as batches
from include.landing.manifest import NAME, Manifest
from include.landing.objects import BatchObjects, rejected_table
from include.landing.rows import row_builder
from include.lightspeed.client import STREAMS
from include.lightspeed.drift import DriftDetector
from include.lightspeed.redaction import is_placeholder

if TYPE_CHECKING:
    import msgspec
    from airflow.providers.google.cloud.hooks.gcs import GCSHook

    from include.lightspeed.client import LightspeedClient, Page
    from include.lightspeed.records import Rejected
    from include.settings import Settings

log = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]
"""Gives the present time, aware, UTC."""


@dataclasses.dataclass(frozen=True)
class Extractor:
    """Extracts batches of a source.

    Args:
        client: Lightspeed client of the shop's API series; for `land` alone any source that has a name.
        hook: Cloud Storage hook.
        settings: bucket, bounds and intervals.
        dag_run_id: the run that the ledger names.
        attempt: which try of the task this is; with the run it names the batches.
        now: clock.
        forgotten: people who are taken out of what is landed.
    """

    client: LightspeedClient | Any
    hook: GCSHook
    settings: Settings
    dag_run_id: str
    attempt: int
    now: Clock
    forgotten: Forgotten = NOBODY

    def wait(
        self,
        position: Callable[[str], batches.Position],
        references_checked_at: dt.datetime | None,
        sleep: Callable[[float], None],
    ) -> list[batches.Batch]:
        """Poll until there is something new, for `idle_seconds` at most; returns no batch after an idle wait.

        Args:
            position: where the ledger stands for a stream; it moves only when a batch is committed.
            references_checked_at: when customers and products were last asked for; None: never.
            sleep: waits that many seconds.
        """
        begun, checked = self.now(), references_checked_at
        positions = {stream: position(stream) for stream in STREAMS}
        while True:
            is_time = is_due(checked, self.now(), self.settings.reference_poll_seconds)
            checked = self.now() if is_time else checked
            # A reference stream that is still being backfilled does not wait for its interval.
            streams = [name for name in STREAMS if name == "sales" or is_time or not positions[name].reached_end]
            found = [self.extract(stream, positions[stream]) for stream in streams]
            if any(found):
                return [batch for batch in found if batch]
            if (self.now() - begun).total_seconds() >= self.settings.idle_seconds:
                return []
            sleep(self.settings.poll_seconds)

    def extract(self, stream: str, after: batches.Position) -> batches.Batch | None:
        """Land what a stream has after a position, up to the batch's bound; None when there is nothing."""
        return self.land(stream, self.client.pages(stream, after.cursor), after, self.settings.batch_max_sales)

    def land(
        self,
        stream: str,
        found: Iterator[Page],
        after: batches.Position,
        bound: float,
        complete: Callable[[batches.Batch], batches.Batch] = lambda batch: batch,
    ) -> batches.Batch | None:
        """Land pages as the batch of a stream that follows a position; None when there is no page.

        Args:
            stream: the ledger's stream.
            found: the pages; the cursor of the last one that is landed becomes the batch's.
            after: where the ledger stands for the stream.
            bound: the batch closes at the first page end at or past this many records.
            complete: has the last word on what the batch says of itself, before its manifest is written.
        """
        started = self.now()
        pages = _prefetched(found)
        try:
            first = next(pages, None)
            if first is None:
                return None
            attempt = f"{self.dag_run_id}/{self.attempt}"
            landing = _Landing(self, stream, batches.batch_id(stream, self.client.series, after, attempt))
            landing.add(first)
            while landing.records < bound and (page := next(pages, None)):
                landing.add(page)
            return landing.close(after, started, landing.records < bound, complete)
        finally:
            pages.close()


def is_due(checked: dt.datetime | None, now: dt.datetime, interval: float) -> bool:
    """Whether a check that was last made at `checked` is due again after `interval` seconds."""
    return checked is None or (now - checked).total_seconds() >= interval


def _prefetched(pages: Iterator[Page]) -> Generator[Page]:
    """The same pages; the next one is on its way while the present one is being parsed."""

    def following() -> Page | None:
        return next(pages, None)

    with concurrent.futures.ThreadPoolExecutor(max_workers=1) as thread:
        upcoming = thread.submit(following)
        while (page := upcoming.result()) is not None:
            upcoming = thread.submit(following)
            yield page
            page = None  # not kept while the next one is waited for


class _Landing:
    """One batch while it is being written."""

    def __init__(self, extractor: Extractor, stream: str, batch_id: str) -> None:
        self._extractor = extractor
        self._stream = stream
        self._batch_id = batch_id
        self._source = extractor.client.series
        self._table = batches.TABLES.get(stream, stream)
        self._rows = row_builder(self._table, self._source, batch_id)
        self._drift = DriftDetector(self._source, self._table)
        self._rejected: list[tuple[str, Rejected]] = []
        self._cursor = ""
        self._pages = 0
        self._taken: dict[int, tuple[int, ...]] = {}
        self._last_completed_at: dt.datetime | None = None
        self.records = 0
        prefix = batches.object_prefix(stream, batch_id, extractor.now().date())
        self._objects = BatchObjects(extractor.hook, extractor.settings.landing_bucket, prefix)

    def add(self, page: Page) -> None:
        raw_uri = self._objects.raw_uri()
        body, records = self._without_the_forgotten(page)
        self._objects.add_page(body)
        self._rejected += [(raw_uri, rejected) for rejected in self._rows.add(records)]
        if page.url:  # a tombstone is no answer of the API
            self._drift.add(page.records)
        self._cursor = page.cursor
        if page.taken is not None:
            self._taken[self._pages] = page.taken
        self._pages += 1
        self.records += len(page.records)
        # Arrow's allocator keeps what a page took, unless it is told: 80 MiB at the peak of a backfill.
        pa.default_memory_pool().release_unused()
        log.info("%s: page %d, %d records so far", self._batch_id, self._pages, self.records)

    def _without_the_forgotten(self, page: Page) -> tuple[bytes, list[msgspec.Raw]]:
        forgotten = self._extractor.forgotten
        if not forgotten:
            return page.body, page.records
        known = self._source, self._table, forgotten
        records = [redact_record(record, *known) for record in page.records]
        return redact_page(page.body, *known), [record for record in records if not is_placeholder(record)]

    def close(
        self,
        after: batches.Position,
        started: dt.datetime,
        reached_end: bool,
        complete: Callable[[batches.Batch], batches.Batch],
    ) -> batches.Batch:
        self._objects.close_raw()
        row_uris, rows = self._objects.write_batches("rows", self._rows.batches())
        batch = batches.Batch(
            batch_id=self._batch_id,
            stream=self._stream,
            source=self._source,
            batch_number=after.number + 1,
            ledger_since=after.since.isoformat(),
            mode="live" if after.reached_end else "backfill",
            reached_end=reached_end,
            cursor_from=after.cursor,
            cursor_to=self._cursor,
            raw_uris=self._objects.raw_uris,
            row_uris=row_uris,
            header_uris=self._write("headers", self._headers()),
            rejected_uris=self._write("rejected", self._rejected_table()),
            pages=self._pages,
            records=self.records,
            rows_loaded=rows,
            rejected=len(self._rejected),
            extract_started_at=started.isoformat(),
            extract_ended_at=self._extractor.now().isoformat(),
            dag_run_id=self._extractor.dag_run_id,
            schema_changes=[list(change) for change in self._drift.changes()],
            forgotten_known=len(self._extractor.forgotten),
        )
        batch = complete(batch)
        self._objects.write_json(NAME, self._manifest(batch).to_json())
        return batch

    def _manifest(self, batch: batches.Batch) -> Manifest:
        """What the batch's folder says of itself: written last, so that a folder that has it is whole."""
        last = self._last_completed_at
        return Manifest(
            batch=batch,
            dataset=self._extractor.settings.dataset,
            api_version=self._extractor.client.api_version,
            taken=self._taken,
            last_completed_at=last.isoformat() if last else None,
        )

    def _write(self, kind: str, table: pa.Table | None) -> list[str]:
        return [self._objects.write_table(kind, table)] if table is not None and table.num_rows else []

    def _headers(self) -> pa.Table | None:
        if self._table != "sales":
            return None
        headers = self._rows.headers_table()
        self._last_completed_at = max((each for each in headers["completed_at"].to_pylist() if each), default=None)
        return headers

    def _rejected_table(self) -> pa.Table:
        return rejected_table(self._rejected)
