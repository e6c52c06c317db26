"""Which batches were committed, and in which order: the ledger's word, and the bucket's where the ledger is silent."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime as dt
import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from include.landing.manifest import NAME, RECEIPT, Manifest, read_json
from include.warehouse.sql import render

if TYPE_CHECKING:
    from airflow.providers.google.cloud.hooks.gcs import GCSHook
    from google.cloud import bigquery

log = logging.getLogger(__name__)

PREFIXES = ("lightspeed/", "engagement/")
THREADS = 8


@dataclasses.dataclass(frozen=True)
class Committed:
    """A committed batch: small, since all of them are held at once. Its manifest has the rest."""

    folder: str
    batch_id: str
    stream: str
    table: str
    source: str
    number: int
    records: int
    cursors: tuple[int, int]
    """Fingerprints of the cursors that it began and ended with."""
    extract_ended_at: dt.datetime
    last_completed_at: dt.datetime | None
    committed_at: dt.datetime | None
    """None: neither ledger nor receipt tell it."""

    @property
    def place(self) -> tuple[dt.datetime, str, int]:
        """Sorts batches in the order of their commits."""
        return self.committed_at or self.extract_ended_at, self.stream, self.number


@dataclasses.dataclass(frozen=True)
class Catalogue:
    """The committed batches of a dataset, in the order of their commits."""

    batches: list[Committed]
    ledger_batches: int
    """How many of them the ledger has: as long as it has no more, nothing was committed in the meantime."""


def read(client: bigquery.Client, hook: GCSHook, dataset: str, bucket: str) -> Catalogue:
    """Find the committed batches of a dataset.

    Where the ledger has a batch, it is the truth. A batch that it lacks counts as committed when its folder has a
    receipt. Where numbers are missing still, a batch fills the gap whose cursors join its neighbours'.

    Raises:
        RuntimeError: a committed batch has no manifest, a gap cannot be filled, or the ledger contradicts receipts.
    """
    ledger = _ledger(client, dataset)
    folders = _folders(hook, bucket)
    if lost := sorted(ledger.keys() - folders.keys()):
        raise RuntimeError(f"Batch {lost[0]} ({len(lost)} such) is in the ledger, but has no {NAME} in gs://{bucket}.")
    name = dataset.rpartition(".")[2]
    receipts = _receipts(
        hook, [folder for batch, (folder, has) in folders.items() if has and batch not in ledger], name
    )
    times = receipts | ledger
    found = list(_manifests(hook, [folders[batch][0] for batch in times], name, times))
    found += _bridges(found, lambda: _manifests(hook, [f for b, (f, _) in folders.items() if b not in times], name, {}))
    _refuse_contradictions(found, ledger)
    return Catalogue(sorted(found, key=lambda batch: batch.place), len(ledger))


def relevant(batches: list[Committed], first_day: dt.date) -> list[Committed]:
    """Leave out the batches from before the first day: those at the beginning that have no sale completed since."""
    begin = dt.datetime.combine(first_day, dt.time(), dt.UTC)
    for at, batch in enumerate(batches):
        latest = max(filter(None, (batch.extract_ended_at, batch.last_completed_at, batch.committed_at)))
        if latest >= begin:
            return batches[at:]
    return []


def _ledger(client: bigquery.Client, dataset: str) -> dict[str, dt.datetime]:
    rows = client.query_and_wait(render("ingest_batches/all.sql", dataset=dataset))
    return {row["batch_id"]: row["committed_at"] for row in rows}


def _folders(hook: GCSHook, bucket: str) -> dict[str, tuple[str, bool]]:
    """Batch -> its folder, and whether a receipt lies in it; only folders with a manifest."""
    names = set()
    for prefix in PREFIXES:
        for blob in hook.get_conn().list_blobs(bucket, prefix=prefix, fields="items(name),nextPageToken"):
            if blob.name.endswith((f"/{NAME}", f"/{RECEIPT}")):
                names.add(blob.name)
    folders = [name.rpartition("/")[0] for name in names if name.endswith(NAME)]
    return {
        folder.rpartition("batch=")[2]: (f"gs://{bucket}/{folder}", f"{folder}/{RECEIPT}" in names)
        for folder in folders
    }


def _receipts(hook: GCSHook, folders: Iterable[str], dataset: str) -> dict[str, dt.datetime]:
    with concurrent.futures.ThreadPoolExecutor(THREADS) as threads:
        receipts = threads.map(lambda folder: read_json(hook, f"{folder}/{RECEIPT}"), folders)
        return {
            each["batch_id"]: dt.datetime.fromisoformat(each["committed_at"])
            for each in receipts
            if each["dataset"] == dataset
        }


def _manifests(
    hook: GCSHook, folders: Iterable[str], dataset: str, times: dict[str, dt.datetime]
) -> Iterator[Committed]:
    def one(folder: str) -> Committed | None:
        manifest = Manifest.from_json(read_json(hook, f"{folder}/{NAME}"))
        known = times.get(manifest.batch.batch_id)
        return _entry(folder, manifest, known) if known or manifest.dataset == dataset else None

    with concurrent.futures.ThreadPoolExecutor(THREADS) as threads:
        yield from filter(None, threads.map(one, folders))


def _entry(folder: str, manifest: Manifest, committed_at: dt.datetime | None) -> Committed:
    batch, last = manifest.batch, manifest.last_completed_at
    return Committed(
        folder=folder,
        batch_id=batch.batch_id,
        stream=batch.stream,
        table=batch.table,
        source=batch.source,
        number=batch.batch_number,
        records=batch.records,
        cursors=(hash(batch.cursor_from), hash(batch.cursor_to)),
        extract_ended_at=dt.datetime.fromisoformat(batch.extract_ended_at),
        last_completed_at=dt.datetime.fromisoformat(last) if last else None,
        committed_at=committed_at,
    )


def _bridges(found: Collection[Committed], others: Callable[[], Iterator[Committed]]) -> list[Committed]:
    """Batches without ledger row and receipt that must have been committed: later ones go on from them."""
    known = {(batch.stream, batch.source, batch.number): batch for batch in found}
    gaps = [
        (stream, source, number)
        for stream, source in {key[:2] for key in known}
        for number in range(1, max(key[2] for key in known if key[:2] == (stream, source)))
        if (stream, source, number) not in known
    ]
    if not gaps:
        return []
    candidates = sorted(others(), key=lambda batch: batch.extract_ended_at)
    for gap in sorted(gaps, reverse=True):
        known[gap] = _bridge(gap, known, candidates)
        log.warning("Batch %s has no receipt; the batch after it shows that it was committed.", known[gap].batch_id)
    return [known[gap] for gap in gaps]


def _bridge(gap: tuple[str, str, int], known: dict, candidates: list[Committed]) -> Committed:
    stream, source, number = gap
    after = known[stream, source, number + 1]
    before = known.get((stream, source, number - 1))
    fitting = [
        batch
        for batch in candidates
        if (batch.stream, batch.source, batch.number) == gap
        and batch.cursors[1] == after.cursors[0]
        and (before is None or batch.cursors[0] == before.cursors[1])
    ]
    if not fitting:
        raise RuntimeError(f"Batch {number} of {stream} ({source}) is missing in the ledger and in the bucket.")
    return fitting[-1]


def _refuse_contradictions(found: Iterable[Committed], ledger: Collection[str]) -> None:
    numbers: dict[tuple[str, str, int], Committed] = {}
    for batch in found:
        other = numbers.setdefault((batch.stream, batch.source, batch.number), batch)
        if other is not batch:
            raise RuntimeError(
                f"Both {other.batch_id} and {batch.batch_id} are said to be number {batch.number} of {batch.stream} "
                f"({batch.source}), the ledger has {len(ledger)} batches: ingestion has begun anew after the dataset "
                "was lost. Pause lightspeed_to_bigquery, empty ingest_batches, and run this again."
            )
