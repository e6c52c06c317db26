"""What the tasks of `customer_profiles` do: the pipeline, wired to this deployment's clients.

Heavy modules are imported when a task runs, never when the DAG file is parsed. Between tasks only names,
dates and bucket ranges travel; data stay in BigQuery and Cloud Storage.
"""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

from include.settings import Settings

if TYPE_CHECKING:
    from include.models.queries import Dataset

_TRAINING_TABLE_HOURS = 48


def utc_now() -> dt.datetime:
    """The present time, UTC: the clock that tasks hand to the logic."""
    return dt.datetime.now(tz=dt.UTC)


def prepare() -> None:
    """Create the dataset, tables, views and bucket that are missing."""
    from include.warehouse.client import bigquery_client, dataset_name, storage_hook
    from include.warehouse.tables import ensure

    settings = Settings.from_environment()
    client = bigquery_client(settings)
    ensure(client, dataset_name(client, settings), settings.location)
    bucket = storage_hook(settings).get_conn().bucket(settings.landing_bucket)
    if not bucket.exists():
        bucket.create(location=settings.location)


def match_identities() -> None:
    """Find out whose the e-mail addresses, GA4 ids and social handles are."""
    from include.models import identities

    identities.match(_dataset())


def build_features(as_of: dt.date) -> None:
    """Features of every customer at as_of, and of the past snapshots in a table of their own."""
    from include.models import gates, pipeline, sources

    settings, dataset = Settings.from_environment(), _dataset()
    gates.check_sales(dataset, as_of, settings.alert_conn_id)
    extent, plan = pipeline.plan(dataset, as_of, settings.horizon_days)
    if not extent.customers:
        return
    features, connected = f"{dataset.name}.customer_features", sources.connected(settings)
    pipeline.build_features(dataset, features, [as_of], pipeline.BUCKETS, connected)
    pipeline.build_products(dataset, features, plan, [as_of], pipeline.EVERYBODY)
    table = _training_table(dataset, as_of)
    _create_training_table(dataset, table)
    if plan.snapshot_dates:
        pipeline.build_features(dataset, table, list(plan.snapshot_dates), plan.buckets, connected)
    if plan.ranked_dates:
        pipeline.build_products(dataset, table, plan, list(plan.ranked_dates), plan.ranked)


def train(as_of: dt.date) -> str:
    """Train on the snapshots, keep the models, record the run; returns the model version."""
    from include.models import pipeline, registry
    from include.warehouse.client import storage_hook

    settings, dataset = Settings.from_environment(), _dataset()
    _, plan = pipeline.plan(dataset, as_of, settings.horizon_days)
    models, outcome = pipeline.train_models(
        dataset, _training_table(dataset, as_of), f"{dataset.name}.customer_features", plan
    )
    version = registry.save(storage_hook(settings), settings.landing_bucket, models)
    registry.record(dataset, settings.landing_bucket, version, models, plan, outcome, utc_now())
    return version


def shards(as_of: dt.date) -> list[list[int]]:
    """Ranges of buckets, first and last, that are scored side by side; empty without a customer."""
    from include.models import pipeline

    extent = pipeline.extent(_dataset(), as_of)
    return [list(buckets) for buckets in pipeline.shards(extent.customers)] if extent.customers else []


def score(as_of: dt.date, model_version: str, buckets: list[int]) -> str:
    """Score one range of buckets into an object of its own; returns the object's name."""
    import pyarrow.parquet as pq

    from include.models import pipeline, registry
    from include.warehouse.client import storage_hook

    settings, dataset, storage = (
        Settings.from_environment(),
        _dataset(),
        storage_hook(Settings.from_environment()),
    )
    models = registry.load(storage, settings.landing_bucket, model_version)
    features = f"{dataset.name}.customer_features"
    table = pipeline.score_shard(dataset, features, models, model_version, (buckets[0], buckets[1]))
    name = f"predictions/as_of={as_of}/{model_version}/buckets-{buckets[0]:06d}-{buckets[1]:06d}.parquet"
    content = io.BytesIO()
    pq.write_table(table, content)
    storage.upload(settings.landing_bucket, name, data=content.getvalue())
    return name


def publish(as_of: dt.date, objects: list[str]) -> None:
    """Load the predictions into a staging table, check them, and replace as_of's predictions and profiles by them."""
    from google.cloud import bigquery

    from include.models import gates, sources

    settings, dataset = Settings.from_environment(), _dataset()
    staging = f"{dataset.name}.customer_predictions_staging_{as_of:%Y%m%d}"
    target = dataset.client.get_table(f"{dataset.name}.customer_predictions")
    config = bigquery.LoadJobConfig(
        schema=target.schema,
        source_format=bigquery.SourceFormat.PARQUET,
        write_disposition=bigquery.WriteDisposition.WRITE_TRUNCATE,
        labels={"dag": "customer_profiles"},
    )
    config.parquet_options = bigquery.ParquetOptions()
    config.parquet_options.enable_list_inference = True
    uris = [f"gs://{settings.landing_bucket}/{name}" for name in objects]
    dataset.client.load_table_from_uri(uris, staging, job_config=config).result()
    connected = sources.connected(settings)
    gates.publish(dataset, staging, as_of, connected, settings.alert_conn_id, settings.forget_key)
    dataset.client.delete_table(staging, not_found_ok=True)


def grade(as_of: dt.date) -> None:
    """Grade the predictions whose horizon has passed, and raise an alert for each day that left its band."""
    from include.alerts import Kind, alert
    from include.models import scorecard

    settings = Settings.from_environment()
    for sentence in scorecard.grade(_dataset(), as_of, settings.horizon_days):
        alert(sentence, settings.alert_conn_id, kind=Kind.MODEL)


def drop_training_table(as_of: dt.date) -> None:
    """Remove the table of training snapshots and empty the working tables of products, whatever happened."""
    from include.models import pipeline

    settings, dataset = Settings.from_environment(), _dataset()
    _, plan = pipeline.plan(dataset, as_of, settings.horizon_days)
    pipeline.clear_products(dataset, [as_of, *plan.ranked_dates])
    dataset.client.delete_table(_training_table(dataset, as_of), not_found_ok=True)


def _dataset() -> Dataset:
    from include.models.queries import Dataset
    from include.warehouse.client import bigquery_client, dataset_name

    settings = Settings.from_environment()
    client = bigquery_client(settings)
    return Dataset(client, dataset_name(client, settings))


def _training_table(dataset: Any, as_of: dt.date) -> str:
    return f"{dataset.name}.customer_features_training_{as_of:%Y%m%d}"


def _create_training_table(dataset: Dataset, name: str) -> None:
    from google.cloud import bigquery

    schema = dataset.client.get_table(f"{dataset.name}.customer_features").schema
    table = bigquery.Table(name, schema=schema)
    table.expires = utc_now() + dt.timedelta(hours=_TRAINING_TABLE_HOURS)
    dataset.client.create_table(table, exists_ok=True)
