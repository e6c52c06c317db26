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
        keys: tuple[str, ...] | None = None,
        **values: Value,
    ) -> pa.Table:
        """Result of the statement at `path`, sorted: the Storage API promises no order.

        Args:
            path: file of the statement.
            identifiers: as in `execute`.
            sort_by: columns to sort by, ascending.
            keys: columns that keep their type; every other one becomes float32, batch by batch as the stream
                brings them, so that the wide numbers are never in memory together. None: all keep it.
            values: query parameters.
        """
        rows = self.execute(path, identifiers, **values)
        table = rows.to_arrow() if keys is None else self._narrow(rows, keys)
        return table.sort_by([(name, "ascending") for name in sort_by]) if sort_by else table

    def _narrow(self, rows: RowIterator, keys: tuple[str, ...]) -> pa.Table:
        import pyarrow as pa

        if not rows.total_rows:
            return rows.to_arrow()
        # `to_arrow` makes this client by itself; the stream of batches asks for it.
        storage = self.client._ensure_bqstorage_client()
        batches = [_floats(batch, keys) for batch in rows.to_arrow_iterable(bqstorage_client=storage)]
        return pa.Table.from_batches(batches)


def _floats(batch: pa.RecordBatch, keys: tuple[str, ...]) -> pa.RecordBatch:
    import pyarrow as pa

    columns = [
        column if name in keys else column.cast(pa.float32(), safe=False)
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


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
