"""### Forget a customer: out of every table and object, with a proof, and never back again.

For a customer who asked for it (Art. 17 GDPR). The sales stay, unlinked: `customer_id` is NULL, and counts and amounts
of every day are as before. `docs/privacy.md` is the runbook.

**How it runs.** By hand, or started by `detect_anonymised`. `find` collects what the customer is known by, searches
every column of every table and every object of the landing bucket, and writes what it found to `forget_proofs`;
`forget` writes a keyed hash to `forgotten_customers`, in a transaction that takes ingestion's locks, then clears all
tables and rewrites all objects that name the customer; `prove` searches everything again, clears what ran meanwhile may
have brought in, and writes the second half of the proof. It fails if anything is left.

```bash
airflow dags trigger forget_customer --conf '{"source": "x_series", "customer_id": "…", "reason": "customer_request"}'
airflow dags trigger forget_customer --conf '{"source": "r_series", "customer_id": "78", "dry_run": false}'
```

**Parameters.** `source` and `customer_id` as Lightspeed has them; `reason`, one of four words; `dry_run` is on unless
it is switched off: then only `find` runs, and nothing is written. The parameters of a run stay in Airflow's database
for as long as it keeps runs (30 days on Composer).

**Needs.** `FORGET_KEY`, the same for DAGs and profile API; the connection `google_cloud_default`.

**Afterwards.** The profile API answers 410. The next sync, a reconciliation that reads again, and a replay leave the
customer out: the extract takes them out of pages before they are stored, and the commit looks once more. Sales that
Lightspeed still links come in unlinked. The models are made anew by the next run of `customer_profiles`.

**When it fails.** Clear the failed task: every step may be done again, from wherever the run was killed. An object is
rewritten only if it is still the one that was read. Until the proof is written the request, with what the customer is
known by, lies under `forgetting/` in the landing bucket; then it is removed.

**Where to look.** `forget_proofs`: a row a table and folder, `before` and `after`.
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from include.forgetting import tasks
from include.retries import retrying


@dag(
    schedule=None,
    start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    catchup=False,
    max_active_runs=1,
    description="Removes a customer from every table and object, and proves it.",
    doc_md=__doc__,
    tags=["privacy"],
    params={
        "source": Param(
            "x_series",
            type="string",
            enum=["r_series", "x_series"],
            title="Source",
            description="API series that the customer's id is of.",
        ),
        "customer_id": Param(
            None,
            type=["null", "string"],
            minLength=1,
            maxLength=64,
            title="Customer",
            description="Lightspeed's id of the customer.",
        ),
        "reason": Param(
            "customer_request",
            type="string",
            enum=list(tasks.REASONS),
            title="Reason",
            description="Why the customer is forgotten.",
        ),
        "dry_run": Param(
            True,
            type="boolean",
            title="Dry run",
            description="Only find where the customer is named; off: forget them.",
        ),
    },
    default_args=retrying("data-protection"),
)
def forget_customer() -> None:
    """Wire the tasks."""

    @task(execution_timeout=dt.timedelta(hours=6))
    def find() -> list[str]:
        params = get_current_context()["params"]
        if not params["customer_id"]:
            raise AirflowSkipException("No customer_id was given: there is nobody to forget.")
        return tasks.find(params["source"], params["customer_id"], params["reason"], params["dry_run"])

    @task(execution_timeout=dt.timedelta(hours=6))
    def forget() -> None:
        params = get_current_context()["params"]
        if params["dry_run"]:
            raise AirflowSkipException("A dry run forgets nobody; the log of find says where the customer is named.")
        tasks.forget(params["source"], params["customer_id"])

    @task(execution_timeout=dt.timedelta(hours=6))
    def prove() -> None:
        params = get_current_context()["params"]
        tasks.prove(params["source"], params["customer_id"])

    find() >> forget() >> prove()


forget_customer()
