"""Customer snapshots in memory: a float32 matrix of features, keys and outcomes beside it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from include.models import sources

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

KEYS = ("snapshot_date", "customer_id", "bucket")
OUTCOMES = ("days_to_next", "observed_days")


@dataclasses.dataclass(frozen=True)
class Frame:
    """Rows are customer snapshots in a fixed order."""

    customers: NDArray[np.object_]
    dates: NDArray[np.datetime64]
    """Snapshot days; features are strictly before 00:00 UTC of them."""
    buckets: NDArray[np.int64]
    columns: tuple[str, ...]
    values: NDArray[np.float32]
    """Shape (rows, columns); NaN where a feature is not defined."""
    days_to_next: NDArray[np.float64]
    """Days from the snapshot to the next purchase day; infinite when none was seen."""
    observed_days: NDArray[np.int64]
    """Days after the snapshot that were seen; an unseen purchase is right-censored there."""

    def __len__(self) -> int:
        return len(self.customers)

    def column(self, name: str) -> NDArray[np.float64]:
        """One feature as float64."""
        return self.values[:, self.columns.index(name)].astype(np.float64)

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Frame:
        """The rows of a mask or of positions."""
        kept = {name: getattr(self, name)[chosen] for name in _ROW_FIELDS}
        return dataclasses.replace(self, **kept)

    def only(self, columns: tuple[str, ...]) -> Frame:
        """The features of these names, in their order; NaN where these rows know nothing of a source."""
        if columns == self.columns:
            return self
        values = np.full((len(self), len(columns)), np.nan, np.float32)
        for place, name in enumerate(columns):
            if name in self.columns or not name.startswith(sources.FEATURES):
                values[:, place] = self.values[:, self.columns.index(name)]
        return dataclasses.replace(self, columns=columns, values=values)


_ROW_FIELDS = ("customers", "dates", "buckets", "values", "days_to_next", "observed_days")


def from_arrow(table: pa.Table) -> Frame:
    """Build a frame from the result of `customer_outcomes/select.sql` or `customer_features/select.sql`.

    Without outcome columns nothing is observed (observed_days 0). Features of a source beside purchases of which no
    row has one are left out: the source is not connected.
    """
    names = tuple(
        name
        for name in table.column_names
        if name not in KEYS + OUTCOMES
        and not (name.startswith(sources.FEATURES) and table[name].null_count == table.num_rows)
    )
    values = np.empty((table.num_rows, len(names)), np.float32)
    for index, name in enumerate(names):
        values[:, index] = table[name].to_numpy()
    seen = "days_to_next" in table.column_names
    days = table["days_to_next"].to_numpy().astype(np.float64) if seen else np.full(table.num_rows, np.nan)
    return Frame(
        customers=table["customer_id"].to_numpy(),
        dates=table["snapshot_date"].to_numpy().astype("datetime64[D]"),
        buckets=table["bucket"].to_numpy(),
        columns=names,
        values=values,
        days_to_next=np.where(np.isnan(days), np.inf, days),
        observed_days=table["observed_days"].to_numpy() if seen else np.zeros(table.num_rows, np.int64),
    )
