"""The profile table and view on the local BigQuery, made from the repository's own SQL."""

from __future__ import annotations

from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from include.warehouse.sql import render
from tests.plugins.rows import ROWS

PROJECT, DATASET = "demo-local", "profile_api_tests"
CONNECTION = {
    "conn_type": "google_cloud_platform",
    "extra": {"is_anonymous": True, "project": PROJECT, "num_retries": 1},
}


def client_of(url: str) -> bigquery.Client:
    options = ClientOptions(api_endpoint=url)
    return bigquery.Client(project=PROJECT, credentials=AnonymousCredentials(), client_options=options)


def fill_dataset(url: str) -> None:
    """Create the dataset anew with `ROWS` in it."""
    client = client_of(url)
    client.delete_dataset(DATASET, delete_contents=True, not_found_ok=True)
    client.create_dataset(DATASET)
    for path in ("customer_profiles_v1/table.sql", "customer_profiles/view.sql"):
        client.query_and_wait(render(path, dataset=f"{PROJECT}.{DATASET}"))
    table = client.get_table(f"{PROJECT}.{DATASET}.customer_profiles_v1")
    config = bigquery.LoadJobConfig(schema=table.schema, write_disposition="WRITE_APPEND")
    client.load_table_from_json(ROWS, table, job_config=config).result()


def view_columns(url: str) -> list[str]:
    view = client_of(url).get_table(f"{PROJECT}.{DATASET}.customer_profiles")
    return [field.name for field in view.schema]
