"""A batch: what one extract has landed in Cloud Storage, and how everything about it is named.

Names are deterministic: a task that does the same work again gives its staging tables and its jobs the same names.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from typing import Any


@dataclasses.dataclass(frozen=True)
class Position:
    """Where the ledger stands for one stream of one source."""

    number: int
    """Number of the newest committed batch; 0 before the first."""
    cursor: str | None
    """Watermark after it; None before the first."""
    reached_end: bool
    """Whether it had read all that there was; False before the first."""
    since: dt.datetime
    """The ledger was read from this time on to know it: a check that reads as far sees the same."""


TABLES = {"sales_reread": "sales", "email": "email_events", "content": "content_events", "social": "social_events"}
"""Stream -> table, where they have different names."""

ENGAGEMENT = frozenset({"email", "content", "social"})
"""Streams that do not come from Lightspeed."""

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
BEGINNING = Position(number=0, cursor=None, reached_end=False, since=EPOCH)


@dataclasses.dataclass(frozen=True)
class Batch:
    """What `ingest_batches` will say of the batch, and where its objects lie. Small: it travels by XCom."""

    batch_id: str
    stream: str
    source: str
    batch_number: int
    ledger_since: str
    """ISO 8601, UTC: the check that this batch is the next one reads the ledger from here on."""
    mode: str
    """`live`: the batch before it had reached the end of what there was; `backfill`: it had not."""
    reached_end: bool
    cursor_from: str | None
    cursor_to: str
    raw_uris: list[str]
    row_uris: list[str]
    header_uris: list[str]
    rejected_uris: list[str]
    pages: int
    records: int
    rows_loaded: int
    rejected: int
    extract_started_at: str
    """ISO 8601, UTC."""
    extract_ended_at: str
    """ISO 8601, UTC."""
    dag_run_id: str
    schema_changes: list[list[str]] = dataclasses.field(default_factory=list)
    """Path, kind and JSON type of what was not as Lightspeed documents it; see `lightspeed.drift`."""
    forgotten_known: int = 0
    """How many forgotten people the extract knew of and took out of its objects."""

    @property
    def dag_id(self) -> str:
        """The DAG that brings batches of this stream: a label of its jobs."""
        return f"{origin(self.stream)}_to_bigquery"

    @property
    def table(self) -> str:
        """Table that the batch's records belong to: its stream's own, unless the stream reads another's again."""
        return TABLES.get(self.stream, self.stream)

    @property
    def folder(self) -> str:
        """`gs://…` folder of the batch's objects."""
        return self.raw_uris[0].rpartition("/")[0]

    def to_xcom(self) -> dict[str, Any]:
        """The batch as plain JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_xcom(cls, value: dict[str, Any]) -> Batch:
        """The batch that `to_xcom` gave."""
        return cls(**value)

    def digest(self) -> str:
        """Eight hexadecimal digits that change with what was extracted: part of the names of its jobs."""
        return _digest(self.extract_ended_at, self.cursor_to, *self.row_uris)

    def job_id(self, dataset: str, work: str) -> str:
        """Id of the job that does a piece of work of this batch for a dataset; ids are unique in a project."""
        return f"{dataset.rpartition('.')[2]}_{self.batch_id}_{work}_{self.digest()}"

    def staging_table(self, dataset: str, kind: str) -> str:
        """`project.dataset.table` of the batch's staging table of a kind: rows, headers or rejected."""
        return f"{dataset}.staging_{self.batch_id}_{kind}"


def batch_id(stream: str, source: str, after: Position, attempt: str) -> str:
    """Name of the batch that follows `after`: sortable, fit for a table's and a job's name.

    The attempt (run and try of the task) is part of it: two runs that both believe themselves to be next, or a
    retry and the attempt that it replaces but that is still alive, never share objects.
    """
    digest = _digest(stream, source, str(after.number), after.cursor or "", attempt)
    return f"{stream}_{after.number + 1:08d}_{digest}"


def object_prefix(stream: str, batch: str, day: dt.date) -> str:
    """Folder of the batch's objects in the landing bucket: `lightspeed/<stream>/dt=…/batch=<id>`, or `engagement/…`."""
    return f"{origin(stream)}/{stream}/dt={day.isoformat()}/batch={batch}"


def origin(stream: str) -> str:
    """Where a stream comes from, `lightspeed` or `engagement`: the top folder of its objects."""
    return "engagement" if stream in ENGAGEMENT else "lightspeed"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:8]
