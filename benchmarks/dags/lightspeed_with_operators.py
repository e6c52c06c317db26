"""### Sales with the Google provider's operators: the peer that the production DAG is measured against.

`extract` is production's own; load and commit are operators with production's own files, SQL and parameters.
Only sales: customers and products are asked for once, by production's DAG, before the measurement.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from airflow.providers.google.cloud.operators.bigquery import BigQueryInsertJobOperator
from airflow.providers.google.cloud.transfers.gcs_to_bigquery import GCSToBigQueryOperator
from airflow.sdk import dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from include.landing import tasks
from include.landing.batch import Batch


def planned_value(path: str) -> str:
    """Template of a value of the plan that extract returned."""
    return "{{ ti.xcom_pull(task_ids='extract')" + path + " }}"


@dag(
    schedule="@continuous",
    start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    catchup=False,
    max_active_runs=1,
    render_template_as_native_obj=True,
    doc_md=__doc__,
    tags=["lightspeed"],
    default_args={"owner": "data-engineering", "retries": 2, "retry_delay": dt.timedelta(seconds=2)},
)
def lightspeed_with_operators() -> None:
    """Wire the tasks."""

    @task
    def extract() -> dict[str, Any]:
        from benchmarks.operator_plan import plan

        # Just checked, so that no reference stream is due.
        batches = tasks.extract(get_current_context()["run_id"], 1, tasks.utc_now())
        sales = [batch for batch in batches if batch["stream"] == "sales"]
        if not sales:
            raise AirflowSkipException("Nothing new in Lightspeed.")
        return {**plan(Batch.from_xcom(sales[0])), "batch": sales[0]}

    @task
    def drop_staging(planned: dict[str, Any]) -> None:
        tasks.drop_staging([planned["batch"]])

    def load(kind: str) -> GCSToBigQueryOperator:
        return GCSToBigQueryOperator(
            task_id=f"load_{kind}",
            bucket=planned_value("['bucket']"),
            source_objects=planned_value(f"['objects']['{kind}']"),
            destination_project_dataset_table=planned_value(f"['tables']['{kind}']"),
            schema_fields=planned_value(f"['schemas']['{kind}']"),
            source_format="PARQUET",
            src_fmt_configs={"enableListInference": True},
            write_disposition="WRITE_TRUNCATE",
            autodetect=False,
        )

    commit = BigQueryInsertJobOperator(
        task_id="commit",
        configuration={
            "query": {
                "query": planned_value("['statement']"),
                "useLegacySql": False,
                "parameterMode": "NAMED",
                "queryParameters": planned_value("['parameters']"),
            }
        },
    )
    planned = extract()
    planned >> [load("rows"), load("headers")] >> commit >> drop_staging(planned)


lightspeed_with_operators()
