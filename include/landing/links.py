"""Links from a task in the Airflow UI to what it did in Google Cloud.

The provider's operators bring such links along, but importing them costs a task seconds that a completed
sale has to wait; this class costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk.bases.operator import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

JOB_URL = "https://console.cloud.google.com/bigquery?project={project}&j=bq:{location}:{job_id}&page=queryresults"


class BigQueryJobLink(BaseOperatorLink):
    """Link to the newest BigQuery job of a task that pushed `bigquery_job` (project, location, job_id)."""

    name = "BigQuery job"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """URL of the job in the Google Cloud console; empty when the task started none."""
        from airflow.sdk.execution_time.xcom import XCom

        job = XCom.get_value(key=JOB_XCOM_KEY, ti_key=ti_key)
        return JOB_URL.format(**job) if job else ""


JOB_XCOM_KEY = "bigquery_job"
"""Key under which a task pushes `{"project": …, "location": …, "job_id": …}` for `BigQueryJobLink`."""
