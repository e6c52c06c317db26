"""### A customer objects to being contacted, or to being profiled (Art. 21 GDPR).

Objections to e-mail that Lightspeed knows of (`noEmail`, `do_not_email`) come with its customers; this is for others.

**How it runs.** By hand. `record` writes the objection to `customer_objections`. *contact*: the profile API's lists and
pages leave the customer out unless they are asked for everybody. *profiling*: the customer's predictions are deleted,
their profiles say "The customer objected to profiling." instead, and `customer_profiles` makes none any more.

**Parameters.** `customer_id` as Lightspeed has it; `purpose`; `withdraw` takes an objection back: predictions come with
the next run of `customer_profiles`.

**When it fails.** Clear the task: it is one transaction.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from include.forgetting import objections
from include.retries import retrying


@dag(
    schedule=None,
    start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    catchup=False,
    max_active_runs=1,
    description="Records that a customer objects to contact or profiling.",
    doc_md=__doc__,
    tags=["privacy", "profiles"],
    params={
        "customer_id": Param(
            None,
            type=["null", "string"],
            minLength=1,
            maxLength=64,
            title="Customer",
            description="Lightspeed's id of the customer.",
        ),
        "purpose": Param(
            "profiling",
            type="string",
            enum=list(objections.PURPOSES),
            title="Purpose",
            description="What the customer objects to.",
        ),
        "withdraw": Param(False, type="boolean", title="Withdraw", description="The customer objects no more."),
    },
    default_args=retrying("data-protection"),
)
def record_objection() -> None:
    """Wire the task."""

    @task(execution_timeout=dt.timedelta(minutes=10))
    def record() -> None:
        params = get_current_context()["params"]
        if not params["customer_id"]:
            raise AirflowSkipException("No customer_id was given.")
        objections.record(params["customer_id"], params["purpose"], params["withdraw"])

    record()


record_objection()
