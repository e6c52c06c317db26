"""The profile table and view on the local BigQuery, made from the repository's own SQL."""

from __future__ import annotations

from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from include.warehouse.sql import render
from tests.plugins import rows

PROJECT, DATASET = "demo-local", "profile_api_tests"
CONNECTION = {
    "conn_type": "google_cloud_platform",
    "extra": {"is_anonymous": True, "project": PROJECT, "num_retries": 1},
}


def client_of(url: str) -> bigquery.Client:
    options = ClientOptions(api_endpoint=url)
    return bigquery.Client(project=PROJECT, credentials=AnonymousCredentials(), client_options=options)


TABLES = {
    "customer_profiles_v1": rows.ROWS,
    "forgotten_customers": rows.FORGOTTEN_ROWS,
    "customers": rows.CUSTOMERS,
    "customer_objections": rows.OBJECTIONS,
    "model_runs": rows.MODEL_RUNS,
    "sales": rows.SALES,
    "prediction_scorecard": rows.SCORECARD,
    "sale_arrivals": rows.ARRIVALS,
    "ingest_batches": rows.BATCHES,
}
VIEWS = ("customer_profiles", "opted_out_customers", "sales_freshness")


def fill_dataset(url: str) -> None:
    """Create the dataset anew with the rows of `TABLES` in it."""
    client = client_of(url)
    client.delete_dataset(DATASET, delete_contents=True, not_found_ok=True)
    client.create_dataset(DATASET)
    for path in [*(f"{name}/table.sql" for name in TABLES), *(f"{name}/view.sql" for name in VIEWS)]:
        client.query_and_wait(render(path, dataset=f"{PROJECT}.{DATASET}"))
    for name, content in TABLES.items():
        table = client.get_table(f"{PROJECT}.{DATASET}.{name}")
        config = bigquery.LoadJobConfig(schema=table.schema, write_disposition="WRITE_APPEND")
        client.load_table_from_json(content, table, job_config=config).result()
