"""What is older than its lifetime goes, and what is younger stays."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from include.retention import tasks
from include.settings import Settings
from include.warehouse.client import storage_hook
from sandbox.stack import BUCKET

pytestmark = pytest.mark.services

NOW = dt.datetime(2026, 11, 24, 3, 10, tzinfo=dt.UTC)


@pytest.fixture
def deployment(dataset: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("BIGQUERY_DATASET", dataset.rpartition(".")[2])
    return dataset


def days_ago(days: int) -> dt.date:
    return NOW.date() - dt.timedelta(days=days)


def test_rows_go_when_their_lifetime_is_over(bigquery_client: Any, deployment: str):
    for age in (400, 401):
        bigquery_client.query_and_wait(
            f"INSERT INTO `{deployment}.customer_predictions` (customer_id, as_of, model_version, horizon_days, method)"
            f" VALUES ('{age}', DATE '{days_ago(age)}', 'v', 30, 'trained')"
        )
    for age in (90, 91):
        bigquery_client.query_and_wait(
            f"INSERT INTO `{deployment}.rejected_records`"
            " (batch_id, stream, source, reason, raw_uri, record, rejected_at)"
            f" VALUES ('{age}', 'sales', 'x_series', 'r', 'u', '{{}}', TIMESTAMP '{days_ago(age)} 12:00:00+00')"
        )
    assert tasks.enforce_tables(NOW) == {"customer_predictions": 1, "rejected_records": 1}
    assert tasks.enforce_tables(NOW) == {}
    left = bigquery_client.query_and_wait(
        f"SELECT customer_id AS name FROM `{deployment}.customer_predictions`"
        f" UNION ALL SELECT batch_id FROM `{deployment}.rejected_records`"
    )
    assert sorted(row["name"] for row in left) == ["400", "90"]


def test_objects_go_when_their_lifetime_is_over(deployment: str):
    hook = storage_hook(Settings.from_environment())
    bucket = hook.get_conn().bucket(BUCKET)
    if not bucket.exists():
        bucket.create(location="US")
    names = [f"predictions/as_of={days_ago(age)}/v/retention.parquet" for age in (7, 8)]
    for name in names:
        hook.upload(BUCKET, name, data=b"x")
    assert tasks.remove_objects(NOW) >= 1
    assert [hook.exists(BUCKET, name) for name in names] == [True, False]


def test_short_lived_tables_that_nothing_has_removed_go(bigquery_client: Any, deployment: str):
    for name in ("staging_sales_00000001_x_rows", "stagings_of_a_play"):
        bigquery_client.query_and_wait(f"CREATE TABLE `{deployment}.{name}` (customer_id STRING)")
    assert tasks.drop_short_lived(dt.datetime.now(tz=dt.UTC)) == []
    later = dt.datetime.now(tz=dt.UTC) + dt.timedelta(days=3)
    assert tasks.drop_short_lived(later) == ["staging_sales_00000001_x_rows"]
