"""The tasks of customer_profiles on BigQuery and Cloud Storage, in order, as the DAG runs them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import pytest

from include.models import tasks
from include.models.sales_file import normalise
from tests.models.shops import FIRST_DAY, regulars, write

pytestmark = pytest.mark.services

AS_OF = FIRST_DAY + dt.timedelta(days=170)
HISTORY = regulars(150, 200)
PAST = HISTORY[HISTORY.timestamp < pd.Timestamp(AS_OF)]
CUSTOMERS = PAST.customer_id.nunique()


@pytest.fixture(scope="module")
def shop(arrow_client, tmp_path_factory):
    """A dataset with a shop's sales and products, and the settings that point the tasks at it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIGQUERY_DATASET", "tasks_of_profiles")
        patch.setenv("PROFILES_HORIZON_DAYS", "30")
        # The tasks' own client reads over the Storage API, which has no variable for a local address.
        patch.setattr("include.warehouse.client.bigquery_client", lambda _: arrow_client)
        tasks.prepare()
        _fill(arrow_client, tmp_path_factory.mktemp("shop"))
        yield arrow_client
        arrow_client.delete_dataset("tasks_of_profiles", delete_contents=True)


def _fill(client, folder):
    from google.cloud import bigquery

    normalise(write(HISTORY, folder), folder / "rows.parquet", dt.date(2030, 1, 1))
    config = bigquery.LoadJobConfig(source_format="PARQUET", write_disposition="WRITE_APPEND")
    with (folder / "rows.parquet").open("rb") as content:
        client.load_table_from_file(content, "tasks_of_profiles.sales", job_config=config).result()
    client.query_and_wait(
        "INSERT INTO tasks_of_profiles.products (product_id, description, category, is_archived, source, ingested_at,"
        " batch_id) SELECT FORMAT('p%d', n), FORMAT('Product %d', n), IF(n < 5, 'low', 'high'), FALSE, 'r_series',"
        " TIMESTAMP '2024-01-01 00:00:00+00', 'test' FROM UNNEST(GENERATE_ARRAY(0, 9)) AS n"
    )


def run() -> str:
    tasks.build_features(AS_OF)
    version = tasks.train(AS_OF)
    objects = [tasks.score(AS_OF, version, buckets) for buckets in tasks.shards(AS_OF)]
    tasks.publish(AS_OF, objects)
    tasks.drop_training_table(AS_OF)
    return version


@pytest.fixture(scope="module")
def published(shop):
    run()
    return shop.query_and_wait("SELECT * FROM tasks_of_profiles.customer_profiles ORDER BY customer_id").to_dataframe()


def test_every_customer_has_one_profile_with_reasons_where_a_prediction_is_missing(published):
    assert len(published) == published.customer_id.nunique() == CUSTOMERS
    assert (published.as_of == AS_OF).all()
    assert (published.next_purchase_date.isna() == published.next_purchase_date_reason.notna()).all()
    assert published.churn_risk.between(0, 1).all()
    assert (published.likely_products.map(len) == 10).all()
    assert set(published.churn_risk_band) <= {"low", "medium", "high"}


def test_the_profile_is_what_the_sales_before_as_of_say(published):
    for row in published.head(20).itertuples():
        own = PAST[PAST.customer_id == row.customer_id]
        assert row.purchases == own.timestamp.dt.date.nunique()
        assert row.total_spent == Decimal("2.5") * len(own)
        assert row.last_purchase_at.tz_localize(None) == own.timestamp.max()
        assert row.days_since_last_purchase == (AS_OF - own.timestamp.max().date()).days
        days = own.assign(day=own.timestamp.dt.date).groupby("product_id").day.nunique()
        assert row.favorite_products[0]["purchases"] == days.max()
        assert row.favorite_products[0]["description"] == f"Product {row.favorite_products[0]['product_id'][1:]}"
        spend = own.assign(low=own.product_id < "p5").groupby("low").price.sum()
        assert row.favorite_category == ("low" if spend.idxmax() else "high") or len(set(spend)) == 1
        assert row.preferred_weekday in set(own.timestamp.dt.day_name())
    assert set(published.sales_watermark.dt.tz_localize(None)) == {PAST.timestamp.max()}


def test_a_repeated_run_gives_the_same_models_and_replaces_its_rows(shop, published):
    version = run()
    assert set(published.model_version) == {version}
    for table, rows in (("customer_profiles_v1", CUSTOMERS), ("customer_predictions", CUSTOMERS), ("model_runs", 1)):
        counted = shop.query_and_wait(f"SELECT COUNT(*) AS rows_ FROM tasks_of_profiles.{table}")
        assert next(iter(counted))["rows_"] == rows
    again = shop.query_and_wait("SELECT * FROM tasks_of_profiles.customer_profiles ORDER BY customer_id").to_dataframe()
    pd.testing.assert_frame_equal(again, published)


def test_nothing_is_left_of_the_run_but_its_tables(shop, published):
    names = {table.table_id for table in shop.list_tables("tasks_of_profiles")}
    assert not {name for name in names if "training" in name or "staging" in name}


def test_the_run_is_recorded_with_its_figures(shop, published):
    row = next(iter(shop.query_and_wait("SELECT * FROM tasks_of_profiles.model_runs")))
    measured = {(figure["prediction"], figure["model"], figure["metric"]) for figure in row["metrics"]}
    assert ("churn", "served", "log_loss") in measured
    assert ("churn", "base_rate", "log_loss") in measured
    assert row["training_customers"] == CUSTOMERS
    assert row["artifact_uri"].endswith(row["model_version"])
