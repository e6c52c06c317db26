"""Predictions from a file of sales, through the production features and models, without Airflow.

Behind `make predict`, which hands over the client of a local BigQuery; any other serves as well.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from include.models import artifacts, pipeline
from include.models.queries import Dataset
from include.models.sales_file import Normalised, normalise

if TYPE_CHECKING:
    import pyarrow as pa
    from google.cloud import bigquery

    from include.models.artifacts import Models
    from include.models.plan import Extent
    from include.models.training import Outcome

_TABLES = ("sales", "products", "customer_features", "product_popularity", "product_pairs", "customer_products")

Progress = Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Prediction:
    """Profiles and how they came about."""

    profiles: pa.Table
    """Columns of `PROFILE_COLUMNS`, one row a customer, sorted by customer_id."""
    model_version: str
    models: Models
    outcome: Outcome
    extent: Extent


def predict(client: bigquery.Client, sales: Path, as_of: dt.date, horizon_days: int, progress: Progress) -> Prediction:
    """Predict for every customer with a sale before as_of; nothing at or after it is loaded.

    Args:
        client: BigQuery; a data set of its own is made there and removed.
        sales: see `sales_file.normalise`.
        as_of: predictions look ahead from 00:00 UTC of this day.
        horizon_days: days that churn_probability looks ahead.
        progress: takes one sentence a step.

    Raises:
        SalesFileError: the file cannot be used.
        ValueError: horizon_days is not within 1 to 730.
    """
    if not 1 <= horizon_days <= 730:
        raise ValueError(f"The horizon is {horizon_days} days: give 1 to 730.")
    dataset = Dataset(client, f"{client.project}.predict_{as_of:%Y%m%d}_{horizon_days}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sales.parquet"
        normalised = normalise(sales, file, as_of)
        progress(f"Read {normalised.rows:,} sale lines before {as_of}, {normalised.dropped_rows:,} left out.")
        load_sales(dataset, file)
    try:
        return _run(dataset, as_of, horizon_days, normalised, progress)
    finally:
        client.delete_dataset(dataset.name, delete_contents=True, not_found_ok=True)


def load_sales(dataset: Dataset, file: Path) -> None:
    """Make the data set anew and load a file of `normalise` into its table sales, by a load job."""
    from google.cloud import bigquery

    dataset.client.delete_dataset(dataset.name, delete_contents=True, not_found_ok=True)
    dataset.client.create_dataset(dataset.name)
    for table in _TABLES:
        dataset.execute(f"{table}/table.sql")
    config = bigquery.LoadJobConfig(
        source_format=bigquery.SourceFormat.PARQUET, write_disposition=bigquery.WriteDisposition.WRITE_APPEND
    )
    with file.open("rb") as content:
        dataset.client.load_table_from_file(content, f"{dataset.name}.sales", job_config=config).result()


def _run(dataset: Dataset, as_of: dt.date, horizon_days: int, normalised: Normalised, progress: Progress) -> Prediction:
    features = f"{dataset.name}.customer_features"
    extent, plan = pipeline.plan(dataset, as_of, horizon_days)
    progress(f"{extent.customers:,} customers since {extent.first_day}; {len(plan.snapshot_dates)} past snapshots.")
    pipeline.build_features(dataset, features, [as_of], pipeline.BUCKETS)
    if plan.snapshot_dates:
        pipeline.build_features(dataset, features, list(plan.snapshot_dates), plan.buckets)
    pipeline.build_products(dataset, features, plan, [as_of], pipeline.EVERYBODY)
    if plan.ranked_dates:
        pipeline.build_products(dataset, features, plan, list(plan.ranked_dates), plan.ranked)
    progress("Features are built; training.")
    models, outcome = pipeline.train_models(dataset, features, features, plan)
    version = artifacts.version(artifacts.to_files(models))
    progress(models.reason or f"Trained {version} on {outcome.rows:,} snapshots; scoring.")
    import pyarrow as pa

    scored = pa.concat_tables(pipeline.score_all(dataset, features, models, version, extent.customers))
    return Prediction(_profiles(scored, normalised), version, models, outcome, extent)


def _profiles(scored: pa.Table, normalised: Normalised) -> pa.Table:
    """Columns of the command's output, ids in the types of the file."""
    import pyarrow as pa
    import pyarrow.compute as pc

    scored = scored.sort_by("customer_id")
    lists = scored["likely_products"].combine_chunks()
    products = pc.cast(pc.struct_field(lists.flatten(), "product_id"), normalised.product_type)
    offsets = _offsets(lists)
    because = pc.struct_field(lists.flatten(), "reason")
    made = {
        "customer_id": pc.cast(scored["customer_id"], normalised.customer_type),
        "likely_products": pa.ListArray.from_arrays(offsets, products),
        "likely_products_reasons": pa.ListArray.from_arrays(offsets, because),
    }
    return pa.table({name: made[name] if name in made else scored[name] for name in PROFILE_COLUMNS})


def _offsets(lists: pa.ListArray) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    lengths = [len(item) for item in lists]
    return pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())


PROFILE_COLUMNS = (
    "customer_id",
    "churn_probability",
    "days_to_next",
    "days_to_next_low",
    "days_to_next_high",
    "next_purchase_date",
    "next_purchase_date_earliest",
    "next_purchase_date_latest",
    "likely_products",
    "likely_products_reasons",
    "method",
    "reason",
    "churn_reason",
    "next_purchase_reason",
    "churn_driver_1",
    "churn_driver_2",
    "churn_driver_3",
    "expected_spend_365",
    "expected_spend_365_low",
    "expected_spend_365_high",
)
"""Columns of the output, in order."""
