"""Tables of a dataset, as they are: cleared of everybody who was forgotten, and searched."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING, Any

from include.forgetting import contents
from include.forgetting.columns import Act, Handled, Identity, handled
from include.forgetting.people import key_id
from include.warehouse.jobs import parameters
from include.warehouse.sql import render

if TYPE_CHECKING:
    from google.cloud import bigquery

    from include.forgetting.people import Forgotten

log = logging.getLogger(__name__)

FIRST = frozenset({"sales", "customers", "customer_identities"})
"""Tables that others are made of: cleared before them, so that what is made meanwhile has nobody to be made of."""


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of the dataset and what forgetting does with it."""

    name: str
    how: Handled | None


@dataclasses.dataclass(frozen=True)
class Warehouse:
    """The tables of one dataset.

    Args:
        client: BigQuery client.
        dataset: `project.dataset`.
    """

    client: bigquery.Client
    dataset: str

    def tables(self) -> list[Table]:
        """Every table that is there now, short-lived ones too, in the order in which they are cleared."""
        found = []
        for item in self.client.list_tables(self.dataset):
            schema = self._schema(item) if item.table_type == "TABLE" else None
            if schema is not None:
                found.append(Table(item.table_id, handled(field.name for field in schema)))
        return sorted(found, key=lambda table: (table.name not in FIRST, table.name))

    def table(self, name: str) -> Table:
        """One table by its name."""
        return Table(name, handled(field.name for field in self.client.get_table(f"{self.dataset}.{name}").schema))

    def clear(self, table: Table, forgotten: Forgotten) -> None:
        """Take everybody who was forgotten out of a table; again, it changes nothing."""
        if table.how is None:
            return
        if table.how.act is Act.REDACT:
            self._redact(table, forgotten)
        for column, kind in table.how.columns.items():
            names = {"held": f"{self.dataset}.{table.name}", "person_column": column, "dataset": self.dataset}
            self._run(f"forgetting/{_statement(table.how.act, kind)}.sql", forgotten.key, names)

    def search(self, table: Table, pattern: str) -> tuple[int, int]:
        """Rows of a table, and in how many of them a pattern is found anywhere; none of a table that is gone."""
        from google.api_core.exceptions import NotFound

        names = {"held": f"{self.dataset}.{table.name}"}
        try:
            row = next(iter(self._run("forgetting/search.sql", "", names, {"pattern": ("STRING", pattern)})))
        except NotFound:
            return 0, 0
        return row["examined"], row["found"]

    def _redact(self, table: Table, forgotten: Forgotten) -> None:
        names = {"held_records": f"{self.dataset}.{table.name}"}
        for row in list(self._run("forgetting/records.sql", "", names)):
            text = contents.redact_text(row["record"], row["raw_uri"], forgotten)
            given: dict[str, tuple[str, Any]] = {"record": ("STRING", row["record"])}
            if text is None:
                self._run("forgetting/delete_record.sql", "", names, given)
            elif text != row["record"]:
                self._run("forgetting/replace_record.sql", "", names, given | {"redacted": ("STRING", text)})

    def _schema(self, item: Any) -> list[Any] | None:
        from google.api_core.exceptions import NotFound

        try:
            return self.client.get_table(item.reference).schema
        except NotFound:
            return None

    def _run(self, path: str, key: str, names: dict[str, str], given: dict[str, tuple[str, Any]] | None = None) -> Any:
        from google.cloud import bigquery

        text = render(path, **names)
        values = {"forget_key": ("STRING", key), "forget_key_id": ("STRING", key_id(key))} | (given or {})
        used = {name: value for name, value in values.items() if f"@{name}" in text}
        config = bigquery.QueryJobConfig(query_parameters=parameters(used), labels={"dag": "forget_customer"})
        return self.client.query(text, job_config=config, job_retry=None).result()


def _statement(act: Act, kind: Identity) -> str:
    if kind is Identity.CUSTOMER:
        return "unlink_customers" if act is Act.UNLINK else "delete_customers"
    return "delete_identities"
