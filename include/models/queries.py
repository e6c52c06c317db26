"""Statements of `include/sql` on one dataset, with their results as Arrow tables."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

from include.warehouse.sql import render

if TYPE_CHECKING:
    import pyarrow as pa
    from google.cloud import bigquery
    from google.cloud.bigquery.table import RowIterator

    Value = dt.date | dt.datetime | bool | int | float | str | list[dt.date] | tuple[str, None]


@dataclasses.dataclass(frozen=True)
class Dataset:
    """A BigQuery dataset that has the tables of `include/sql`.

    Args:
        client: BigQuery client.
        name: `project.dataset`.
    """

    client: bigquery.Client
    name: str

    def execute(self, path: str, /, identifiers: dict[str, str] | None = None, **values: Value) -> RowIterator:
        """Run the statement at `path` (relative to `include/sql`) and wait for it.

        Args:
            path: file of the statement.
            identifiers: names that the file needs beside `dataset`.
            values: query parameters; the BigQuery type follows from the Python type; NULL is (type, None).
        """
        from google.cloud import bigquery

        sql = render(path, dataset=self.name, **(identifiers or {}))
        config = bigquery.QueryJobConfig(
            query_parameters=[_parameter(*item) for item in values.items()],
            labels={"statement": path.removesuffix(".sql").replace("/", "-")},
        )
        # A job, not `query_and_wait`: that would bring the first rows along as JSON before the Arrow stream.
        return self.client.query(sql, job_config=config).result()

    def read(
        self,
        path: str,
        /,
        identifiers: dict[str, str] | None = None,
        *,
        sort_by: tuple[str, ...] = (),
        **values: Value,
    ) -> pa.Table:
        """Result of the statement at `path`, sorted: the Storage API promises no order."""
        table = self.execute(path, identifiers, **values).to_arrow()
        return table.sort_by([(name, "ascending") for name in sort_by]) if sort_by else table


def _parameter(name: str, value: Value) -> bigquery.ScalarQueryParameter | bigquery.ArrayQueryParameter:
    from google.cloud import bigquery

    if isinstance(value, list):
        return bigquery.ArrayQueryParameter(name, "DATE", value)
    if isinstance(value, tuple):
        return bigquery.ScalarQueryParameter(name, *value)
    return bigquery.ScalarQueryParameter(name, _TYPES[type(value)], value)


_TYPES: dict[type, str] = {
    dt.date: "DATE",
    dt.datetime: "TIMESTAMP",
    bool: "BOOL",
    int: "INT64",
    float: "FLOAT64",
    str: "STRING",
}
