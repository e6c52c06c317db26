"""### Customer profiles: sales and engagement → features → models → `customer_profiles`.

One profile a customer: preferences, behaviour, and three predictions (churn risk, next purchase date, likely
products), each with a reason where it cannot be made.

**How it runs.** Every day, and on demand. `match_identities` finds out whose e-mail addresses, GA4 ids and social
handles are (`customer_identities`; the view `identity_matches` counts what stayed ambiguous or unmatched).
`build_features` fills `customer_features` at `as_of` and the past snapshots to learn from, by SQL, from sales,
e-mails, web visits and social activity strictly before each date, and the working tables of product candidates
(`customer_products`, `product_popularity`, `product_pairs`). A source that is not connected leaves its
features NULL and its part of the profile `not_connected`; the rest and the predictions stand. `train` fits the
models, keeps them in Cloud Storage (`models/<model_version>/`) and writes their row and figures to `model_runs`.
`score` runs once a shard of customers. `publish` replaces the predictions and profiles of `as_of` in one
transaction; the view `customer_profiles` shows the newest `as_of`. `grade` compares the predictions whose horizon
has passed with what happened, writes `prediction_scorecard`, and raises an alert where calibration or coverage has
left its band. `drop_training_table` drops the snapshots and empties the working tables, whatever happened.

**Parameters.** `as_of` (YYYY-MM-DD): nothing at or after 00:00 UTC of that day is known. Left empty it is the
end of the run's data interval. A past date gives the profiles as they would have been then.

**Needs.** The connection `google_cloud_default`; the pool `models`, in which training and scoring run; the
variables of `include/settings.py`, above all `PROFILES_HORIZON_DAYS`, the days that churn risk looks ahead.
Tables are created when they are missing.

**When it fails.** Every task can be cleared and run again: the same sales give the same models, names and
rows, and `publish` replaces what an earlier attempt has left. Until it commits, readers see the old profiles.

**Checks.** `checks.sql` beside `sales`, `customer_features`, `customer_predictions` and `customer_profiles_v1`:
one that fails ends the run without retries and leaves the profiles as they are; `warnings.sql` only tells. Both
raise an alert of the kind QUALITY, a failed task one of the kind FAILED_TASK: `docs/operations.md` has the runbooks.

**Where to look.** `model_runs` (what was learned, how good it was, what serves), `customer_predictions`
(every prediction ever made), `prediction_quality` (how good they were), the reason columns of
`customer_profiles` (why a prediction is missing).
"""

from __future__ import annotations

import datetime as dt

from airflow.sdk import Param, dag, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from include.models import tasks
from include.retries import retrying

POOL = "models"
"""Airflow pool of the tasks that compute: they leave workers to the ingestion of sales."""


@dag(
    schedule="30 4 * * *",
    start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    catchup=False,
    max_active_runs=1,
    description="Features, churn risk, next purchase date and likely products of every customer, daily.",
    doc_md=__doc__,
    tags=["models", "profiles"],
    params={
        "as_of": Param(
            None,
            type=["null", "string"],
            format="date",
            title="As of",
            description="First day (UTC) that is not known; empty: the end of the run's data interval.",
        )
    },
    default_args=retrying("data-science", longest_delay=dt.timedelta(minutes=10)),
)
def customer_profiles() -> None:
    """Wire the tasks."""

    @task(execution_timeout=dt.timedelta(minutes=10))
    def prepare() -> str:
        context = get_current_context()
        tasks.prepare()
        given = context["params"]["as_of"]
        end = context.get("data_interval_end") or context["dag_run"].run_after
        return given or end.date().isoformat()

    @task(execution_timeout=dt.timedelta(hours=1))
    def match_identities() -> None:
        tasks.match_identities()

    @task(execution_timeout=dt.timedelta(hours=1))
    def build_features(as_of: str) -> None:
        tasks.build_features(dt.date.fromisoformat(as_of))

    @task(execution_timeout=dt.timedelta(hours=2), pool=POOL)
    def train(as_of: str) -> str:
        return tasks.train(dt.date.fromisoformat(as_of))

    @task(execution_timeout=dt.timedelta(minutes=10))
    def shards(as_of: str) -> list[list[int]]:
        ranges = tasks.shards(dt.date.fromisoformat(as_of))
        if not ranges:
            raise AirflowSkipException(f"No sale of a known customer before {as_of}.")
        return ranges

    @task(execution_timeout=dt.timedelta(hours=1), pool=POOL)
    def score(buckets: list[int], as_of: str, model_version: str) -> str:
        return tasks.score(dt.date.fromisoformat(as_of), model_version, buckets)

    @task(execution_timeout=dt.timedelta(hours=1))
    def publish(as_of: str, objects: list[str]) -> None:
        tasks.publish(dt.date.fromisoformat(as_of), list(objects))

    @task(execution_timeout=dt.timedelta(hours=1))
    def grade(as_of: str) -> None:
        tasks.grade(dt.date.fromisoformat(as_of))

    @task(execution_timeout=dt.timedelta(minutes=5))
    def drop_training_table(as_of: str) -> None:
        tasks.drop_training_table(dt.date.fromisoformat(as_of))

    as_of = prepare()
    ranges = shards(as_of)
    features = build_features(as_of)
    version = train(as_of)
    identities = match_identities()
    as_of >> identities
    [ranges, identities] >> features >> version
    objects = score.partial(as_of=as_of, model_version=version).expand(buckets=ranges)
    published = publish(as_of, objects)
    published >> grade(as_of)
    published >> drop_training_table(as_of).as_teardown(setups=features)


customer_profiles()
