"""Every DAG has a manual, a description, tags, an owner, retries with exponential back-off, and bounds."""

from __future__ import annotations

import datetime as dt
import inspect
import json
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, Param, task
from airflow.serialization.serialized_objects import DagSerialization

from include.alerts import alert_failure
from tests.dags.policy import DAGS, dag_files, docstring, violations

EXPECTED = {
    *("lightspeed_to_bigquery", "customer_profiles", "reconcile_sales", "engagement_to_bigquery"),
    *("forget_customer", "detect_anonymised", "record_objection", "enforce_retention"),
}
MANUAL = "What the operator does."


@pytest.fixture(scope="module")
def dagbag() -> DagBag:
    return DagBag(dag_folder=str(DAGS), safe_mode=False)


def test_dags_import_without_errors(dagbag):
    assert DAGS.is_absolute()
    assert dagbag.import_errors == {}


def test_the_designed_dags_are_there(dagbag):
    assert set(dagbag.dags) >= EXPECTED


def test_each_file_makes_the_dag_of_its_name(dagbag):
    made = {dag_id: dag.fileloc for dag_id, dag in dagbag.dags.items()}
    assert made == {path.stem: str(path) for path in dag_files()}


@pytest.mark.parametrize("path", dag_files(), ids=lambda path: path.stem)
def test_dag_keeps_the_policy(dagbag, path):
    assert violations(dagbag.dags[path.stem], docstring(path)) == []


@pytest.mark.parametrize("path", dag_files(), ids=lambda path: path.stem)
def test_dag_survives_serialization(dagbag, path):
    """The scheduler and the UI see a DAG only through its JSON form."""
    dag = dagbag.dags[path.stem]
    seen = DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))
    assert set(seen.task_ids) == set(dag.task_ids)


def test_an_empty_folder_is_no_success(tmp_path):
    """What the tests above would see if they looked at the wrong folder."""
    assert set(DagBag(dag_folder=str(tmp_path), safe_mode=False).dags) < EXPECTED
    assert dag_files(tmp_path) == []


def test_a_broken_file_is_an_import_error(tmp_path):
    (tmp_path / "broken.py").write_text("from airflow.sdk import no_such_name")
    assert len(DagBag(dag_folder=str(tmp_path), safe_mode=False).import_errors) == 1


ARGUMENTS: dict[str, Any] = {
    "owner": "data-engineering",
    "retries": 2,
    "retry_delay": dt.timedelta(seconds=2),
    "retry_exponential_backoff": True,
    "max_retry_delay": dt.timedelta(minutes=1),
    "execution_timeout": dt.timedelta(minutes=5),
    "on_failure_callback": alert_failure,
}


def sample(
    task_overrides: dict[str, Any] | None = None, teardown: dict[str, Any] | None = None, **overrides: Any
) -> DAG:
    given: dict[str, Any] = {
        "start_date": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "catchup": False,
        "schedule": None,
        "max_active_runs": 1,
        "description": "A sample.",
        "doc_md": MANUAL,
        "tags": ["ingestion"],
        "params": {"as_of": Param("2026-01-01", type="string", format="date", description="Day.")},
        "default_args": ARGUMENTS,
    }
    with DAG("sample", **(given | overrides)) as dag:  # noqa: AIR002 the schedule is in `given`

        @task(**(task_overrides or {}))
        def work() -> None: ...

        @task(**(teardown or {}))
        def clean() -> None: ...

        done = work()
        done >> clean().as_teardown(setups=done)  # ty: ignore[invalid-argument-type]
    return dag


def test_a_dag_that_keeps_the_policy_passes():
    assert violations(sample(), MANUAL) == []


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in ARGUMENTS.items() if key != name}


BAD: dict[str, dict[str, Any]] = {
    "doc_md is not the file's docstring": {"doc_md": "Something else."},
    "has no description": {"description": None},
    "are not among": {"tags": ["ingestion", "misc"]},
    "tags []": {"tags": []},
    "catchup is on": {"catchup": True},
    "max_active_runs is not set": {"max_active_runs": 16},
    "start_date is missing": {"start_date": None},
    "start_date is not in UTC": {"start_date": dt.datetime(2026, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=5)))},
    "param as_of has no type": {"params": {"as_of": Param("x", description="Day.")}},
    "param as_of has no description": {"params": {"as_of": Param("x", type="string")}},
    "param plain has no type": {"params": {"plain": 1}},
    "work: has no owner": {"default_args": without("owner")},
    "clean: has no owner": {"teardown": {"owner": "airflow"}},
    "work: has no retries": {"default_args": without("retries")},
    "clean: has no retries": {"teardown": {"retries": 0}},
    "work: has no exponential back-off": {"default_args": without("retry_exponential_backoff")},
    "clean: has no exponential back-off": {"teardown": {"retry_exponential_backoff": False}},
    "work: has no max_retry_delay": {"default_args": without("max_retry_delay")},
    "work: max_retry_delay < retry_delay": {"task_overrides": {"retry_delay": dt.timedelta(minutes=5)}},
    "work: has no execution_timeout": {"default_args": without("execution_timeout")},
    "clean: does not tell of its failure": {"teardown": {"on_failure_callback": None}},
}


@pytest.mark.parametrize("sentence", BAD)
def test_a_dag_that_breaks_the_policy_is_named(sentence):
    assert [found for found in violations(sample(**BAD[sentence]), MANUAL) if sentence in found]


def test_a_file_without_a_docstring_breaks_the_policy():
    assert violations(sample(doc_md=None), "") == ["doc_md is not the file's docstring"]


def test_a_dag_without_tasks_breaks_the_policy():
    dag = DAG("empty", schedule=None, catchup=False)
    assert "has no task" in violations(dag, MANUAL)


def test_the_manual_may_be_indented():
    assert violations(sample(doc_md=f"{MANUAL}\n\n    Indented.\n"), inspect.cleandoc(f"{MANUAL}\n\nIndented.")) == []
