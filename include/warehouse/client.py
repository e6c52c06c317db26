"""Clients for BigQuery and Cloud Storage, through the connection that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.providers.google.cloud.hooks.gcs import GCSHook
    from google.cloud import bigquery

    from include.settings import Settings

GB = 1024**3


def bigquery_client(settings: Settings) -> bigquery.Client:
    """Client of the project in the settings, else of the Google connection's project; its queries have a limit."""
    from airflow.providers.google.cloud.hooks.bigquery import BigQueryHook
    from google.cloud.bigquery import QueryJobConfig

    hook = BigQueryHook(gcp_conn_id=settings.gcp_conn_id, location=settings.location, use_legacy_sql=False)
    client = hook.get_client(project_id=settings.project or hook.project_id, location=settings.location)
    client.default_query_job_config = QueryJobConfig(maximum_bytes_billed=settings.maximum_gb_billed * GB)
    return client


def storage_hook(settings: Settings) -> GCSHook:
    """Cloud Storage hook on the same connection."""
    from airflow.providers.google.cloud.hooks.gcs import GCSHook

    return GCSHook(gcp_conn_id=settings.gcp_conn_id)


def dataset_name(client: bigquery.Client, settings: Settings) -> str:
    """`project.dataset`, as the SQL files have it."""
    return f"{client.project}.{settings.dataset}"
