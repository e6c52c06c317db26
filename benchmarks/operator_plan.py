"""What the operators of the peer DAG are templated with: production's own tables, SQL and parameters."""

from __future__ import annotations

from typing import Any

from google.cloud import bigquery

from include.landing.batch import Batch
from include.landing.commit import parameter_values, statement
from include.landing.load import staging_schemas
from include.settings import Settings
from include.warehouse.client import bigquery_client, dataset_name
from include.warehouse.jobs import parameters


def plan(batch: Batch) -> dict[str, Any]:
    """Objects, staging tables, schemas, commit statement and its parameters, as the REST API takes them.

    The staging table of rejected records is made here, empty, since no operator of the DAG does.
    """
    settings = Settings.from_environment()
    client = bigquery_client(settings)
    dataset = dataset_name(client, settings)
    schemas = staging_schemas(client, dataset, batch.stream)
    client.create_table(bigquery.Table(batch.staging_table(dataset, "rejected"), schemas["rejected"]), exists_ok=True)
    prefix = f"gs://{settings.landing_bucket}/"
    uris = {"rows": batch.row_uris, "headers": batch.header_uris}
    return {
        "bucket": settings.landing_bucket,
        "objects": {kind: [uri.removeprefix(prefix) for uri in found] for kind, found in uris.items()},
        "tables": {kind: batch.staging_table(dataset, kind) for kind in uris},
        "schemas": {kind: [field.to_api_repr() for field in schemas[kind]] for kind in uris},
        "statement": statement(dataset, batch),
        "parameters": [value.to_api_repr() for value in parameters(parameter_values(batch))],
    }
