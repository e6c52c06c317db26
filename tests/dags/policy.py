"""What every DAG of this repository must have, as functions that name what is missing."""

from __future__ import annotations

import ast
import enum
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from include.alerts import alert_failure

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "dags"

AIRFLOW_MAX_ACTIVE_RUNS = 16
"""Airflow's default of `max_active_runs`: a DAG that has it has not chosen."""


class Tag(enum.StrEnum):
    """The tags by which operators filter DAGs in the UI; a new one is a decision, so it is written here."""

    ENGAGEMENT = "engagement"
    INGESTION = "ingestion"
    LIGHTSPEED = "lightspeed"
    MODELS = "models"
    PRIVACY = "privacy"
    PROFILES = "profiles"


def dag_files(folder: Path = DAGS) -> list[Path]:
    """Every Python file directly in the DAGs folder, with its absolute path."""
    return sorted(folder.resolve().glob("*.py"))


def docstring(path: Path) -> str:
    """Docstring of a Python file; empty if it has none."""
    return ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""


def violations(dag: Any, manual: str) -> list[str]:
    """Sentences that say what is wrong with a DAG whose file has the docstring `manual`."""
    found = [sentence for wrong, sentence in _dag_rules(dag, manual) if wrong]
    for name in dag.params:
        found += _param_violations(name, dag.params.get_param(name))
    for task in dag.tasks:
        found += [f"{task.task_id}: {sentence}" for wrong, sentence in _task_rules(task) if wrong]
    return found


def _dag_rules(dag: Any, manual: str) -> Iterator[tuple[bool, str]]:
    yield not dag.tasks, "has no task"
    yield not manual or inspect.cleandoc(dag.doc_md or "") != manual, "doc_md is not the file's docstring"
    yield not dag.description, "has no description"
    yield not dag.tags or not set(dag.tags) <= set(Tag), f"tags {sorted(dag.tags)} are not among {[*Tag]}"
    yield dag.catchup, "catchup is on"
    yield dag.max_active_runs >= AIRFLOW_MAX_ACTIVE_RUNS, "max_active_runs is not set"
    yield dag.start_date is None, "start_date is missing"
    yield str(dag.timezone) != "UTC", "start_date is not in UTC"


def _task_rules(task: Any) -> Iterator[tuple[bool, str]]:
    yield not task.owner or task.owner.lower() == "airflow", "has no owner of its own"
    yield not task.retries or task.retries < 1, "has no retries"
    yield not task.retry_exponential_backoff, "has no exponential back-off"
    yield not task.max_retry_delay, "has no max_retry_delay"
    yield (
        bool(task.max_retry_delay) and task.max_retry_delay < task.retry_delay,
        "max_retry_delay < retry_delay",
    )
    yield not task.execution_timeout, "has no execution_timeout: a hung attempt would block the DAG"
    yield alert_failure not in _callbacks(task), "does not tell of its failure: on_failure_callback"


def _callbacks(task: Any) -> list[Any]:
    # A mapped task keeps what it was given: one function, or a list of them.
    given = task.on_failure_callback or []
    return list(given) if isinstance(given, (list, tuple)) else [given]


def _param_violations(name: str, param: Any) -> list[str]:
    found = []
    if not {"type", "enum", "oneOf", "anyOf"} & param.schema.keys():
        found.append(f"param {name} has no type")
    if not (param.description or param.schema.get("description")):
        found.append(f"param {name} has no description")
    return found
