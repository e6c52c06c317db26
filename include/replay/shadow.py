"""Parts -> shadow tables, compared with the tables and swapped for them in one transaction."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from include.landing.load import ADDED_BY_COMMIT, HEADER_COLUMNS, REJECTED_COLUMNS
from include.replay.tables import KINDS
from include.warehouse.jobs import parameters, run_once
from include.warehouse.sql import render

if TYPE_CHECKING:
    from google.cloud import bigquery

    from include.replay.tables import Scope

log = logging.getLogger(__name__)

STATES = {
    "headers": frozenset({*HEADER_COLUMNS, "batch_id"}),
    "rejected": frozenset({*REJECTED_COLUMNS, "batch_id"}),
}
"""Kind -> the columns of its table that its rows have, where these are not all but those that the commit adds."""


@dataclasses.dataclass(frozen=True)
class Difference:
    """What a replay would change in a table."""

    table: str
    same: int
    only_held: int
    """Rows that the table has and the replay has not."""
    only_made: int
    """Rows that the replay has and the table has not."""
    batches: list[str]
    """Some of the batches that these rows belong to."""

    def sentence(self) -> str:
        """One line for the log."""
        if not self.only_held and not self.only_made:
            return f"{self.table}: identical, {self.same} rows."
        return (
            f"{self.table}: {self.same} rows stay, {self.only_held} go, {self.only_made} come; "
            f"among them those of {', '.join(self.batches)}."
        )


@dataclasses.dataclass(frozen=True)
class Shadow:
    """The tables of one replay, in the dataset of the tables that they stand for.

    Args:
        client: BigQuery client.
        dataset: `project.dataset`.
        name: part of the tables' names, one of its own for every replay and attempt.
        scope: what is made again.
        expires: when BigQuery removes the tables if nothing else has.
    """

    client: bigquery.Client
    dataset: str
    name: str
    scope: Scope
    expires: dt.datetime

    def create(self) -> None:
        """Make the tables that parts are loaded into."""
        for kind in self.scope.kinds:
            self._create(self._loaded(kind), self._schema(kind))

    def load(self, uris: dict[str, list[str]]) -> None:
        """Add the rows of parts; the same objects are added once, however often this is called."""
        for kind, objects in uris.items():
            self._load(kind, objects)

    def loaded(self) -> set[str]:
        """Batches whose parts are in."""
        text = render("replay/batches.sql", replay_batches=self._loaded("batches"))
        return {row["batch_id"] for row in self.client.query_and_wait(text)}

    def build(self) -> None:
        """Fill a shadow of each table of the scope from what was loaded."""
        loaded = {f"replay_{kind}": self._loaded(kind) for kind in self.scope.kinds}
        for table in self.scope.tables:
            self.client.delete_table(self._shadow(table), not_found_ok=True)
            self._create(self._shadow(table), self._columns(table))
            self._run(render(f"{table}/replay.sql", shadow=self._shadow(table), **loaded))
            log.info("Replay %s: %s is made again.", self.name, table)

    def compare(self) -> list[Difference]:
        """What would change, table by table."""
        return [self._difference(table) for table in self.scope.tables]

    def swap(self, ledger_batches: int) -> None:
        """Put the shadows' rows in the tables' place, in one transaction.

        Raises:
            google.api_core.exceptions.GoogleAPICallError: the ledger has other than `ledger_batches` batches, or a
                batch was being committed at this moment; nothing was written.
        """
        shadows = {f"shadow_{table}": self._shadow(table) for table in self.scope.tables}
        self._run(render("replay/swap.sql", dataset=self.dataset, **shadows), ledger_batches=ledger_batches)

    def _difference(self, table: str) -> Difference:
        text = render(f"{table}/replay_compare.sql", dataset=self.dataset, shadow=self._shadow(table))
        rows = list(self._run(text))
        changed = [str(row["batch"]) for row in rows if row["only_held"] or row["only_made"]]
        held, made, same = (sum(row[name] for row in rows) for name in ("only_held", "only_made", "same"))
        return Difference(table, same, held, made, changed[:5])

    def _run(self, text: str, ledger_batches: int = 0) -> Any:
        from google.cloud import bigquery

        values = {
            "first_day": ("DATE", self.scope.first_day),
            "last_day": ("DATE", self.scope.last_day),
            "ledger_batches": ("INT64", ledger_batches),
        }
        used = {name: value for name, value in values.items() if f"@{name}" in text}
        config = bigquery.QueryJobConfig(query_parameters=parameters(used), labels={"dag": "replay_tables"})
        return self.client.query(text, job_config=config, job_retry=None).result()

    def _load(self, kind: str, uris: Sequence[str]) -> None:
        from google.cloud import bigquery

        config = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.PARQUET,
            schema=self._schema(kind),
            create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
            write_disposition=bigquery.WriteDisposition.WRITE_APPEND,
            labels={"dag": "replay_tables"},
        )
        config.parquet_options = bigquery.ParquetOptions()
        config.parquet_options.enable_list_inference = True
        for at in range(0, len(uris), 5_000):
            some = list(uris[at : at + 5_000])
            digest = hashlib.sha256("\n".join(some).encode()).hexdigest()[:16]
            run_once(
                self.client,
                f"{self.dataset.rpartition('.')[2]}_{self.name}_{kind}_{digest}",
                lambda job_id, some=some: self.client.load_table_from_uri(
                    some, self._loaded(kind), job_id=job_id, job_config=config
                ),
            )

    def _schema(self, kind: str) -> list[bigquery.SchemaField]:
        fields = self._columns(KINDS[kind])
        return [
            field
            for field in fields
            if (field.name in STATES[kind] if kind in STATES else field.name not in ADDED_BY_COMMIT)
        ]

    @functools.cache  # noqa: B019 - a replay is short
    def _columns(self, table: str) -> tuple[bigquery.SchemaField, ...]:
        return tuple(self.client.get_table(f"{self.dataset}.{table}").schema)

    def _create(self, name: str, schema: Sequence[bigquery.SchemaField]) -> None:
        from google.cloud import bigquery

        table = bigquery.Table(name, schema=schema)
        table.expires = self.expires
        self.client.create_table(table, exists_ok=True)

    def _loaded(self, kind: str) -> str:
        return f"{self.dataset}.{self.name}_{kind}"

    def _shadow(self, table: str) -> str:
        return f"{self.dataset}.{self.name}_shadow_{table}"


def drop(client: bigquery.Client, dataset: str, replay_id: str) -> None:
    """Remove all tables of a replay, whichever of its attempts made them."""
    for table in client.list_tables(dataset):
        if table.table_id.startswith(f"{replay_id}_"):
            client.delete_table(table, not_found_ok=True)
