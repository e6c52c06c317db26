"""The freshness deadline: measured on a sale's first arrival, and told to whoever watches."""

from __future__ import annotations

import dataclasses
import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
import structlog

from dags import lightspeed_to_bigquery
from include.landing.batch import Batch
from include.landing.commit import commit
from include.landing.deadline import late_sales
from include.landing.load import load
from tests.chat import connect
from tests.landing.test_batch import make_batch

NOW = dt.datetime.now(tz=dt.UTC)


class Shop:
    """Commits batches of sales through production's staging and commit; a sale is (id, age, edited after)."""

    def __init__(self, client, dataset: str) -> None:
        self.client, self.dataset, self.batches = client, dataset, 0

    def commit(self, *sales: tuple[str, float, float], mode: str = "live") -> Batch:
        self.batches += 1
        moment = dt.datetime.now(tz=dt.UTC).isoformat()  # part of the jobs' names
        batch = make_batch(
            batch_id=f"sales_{self.batches:08d}",
            batch_number=self.batches,
            extract_started_at=moment,
            extract_ended_at=moment,
            cursor_to=str(self.batches),
            mode=mode,
        )
        load(self.client, self.dataset, batch, NOW + dt.timedelta(hours=1))
        for sale, age, edited in sales:
            completed = dt.datetime.now(tz=dt.UTC) - dt.timedelta(seconds=age)
            updated = completed + dt.timedelta(seconds=edited)
            self.run(
                f"INSERT INTO `{batch.staging_table(self.dataset, 'headers')}`"
                " (sale_id, version, completed_at, source_updated_at)"
                f" VALUES ('{sale}', {self.batches}, TIMESTAMP '{completed:%F %T.%f}', TIMESTAMP '{updated:%F %T.%f}')"
            )
        commit(self.client, self.dataset, batch, NOW)
        return batch

    def run(self, statement: str) -> list:
        return list(self.client.query_and_wait(statement))

    def late(self, batch: Batch):
        return late_sales(self.client, self.dataset, batch, 60)

    def freshness(self) -> dict[str, tuple[int, float, float]]:
        """Batch -> sales, its slowest sale's seconds, the day's slowest, in whole seconds."""
        rows = self.run(f"SELECT * FROM `{self.dataset}.sales_freshness`")
        return {
            row["batch_id"]: (row["sales"], round(row["batch_max_seconds"]), round(row["day_max_seconds"]))
            for row in rows
        }


@pytest.fixture
def shop(bigquery_client, dataset) -> Shop:
    return Shop(bigquery_client, dataset)


@pytest.mark.services
def test_a_batch_with_a_sale_that_came_too_late_is_told_and_one_in_time_is_not(shop: Shop):
    in_time = shop.commit(("s1", 5, 0), ("s2", 40, 0))
    late = shop.commit(("s3", 5, 0), ("s4", 70, 0), ("s5", 300, 1))
    assert shop.late(in_time) is None
    found = shop.late(late)
    assert found is not None
    assert (found.batch_id, found.sales) == (late.batch_id, 2)
    assert 300 <= found.slowest_seconds < 330


@pytest.mark.services
def test_freshness_is_that_of_the_first_arrival_whatever_brings_the_sale_again(shop: Shop):
    history = shop.commit(("old", 3600, 0), ("s0", 30, 0), mode="backfill")
    first = shop.commit(("s1", 10, 0), ("s2", 20, 0), ("offline", 7200, 7190))
    before = shop.freshness()
    assert before.keys() == {first.batch_id}
    assert before[first.batch_id][0] == 2
    assert 20 <= before[first.batch_id][1] < 40
    # The same sales again: as a reconciliation reads them, edited, in a page that is read twice.
    again = shop.commit(("s1", 500, 0), ("old", 3700, 0), ("s0", 100, 0))
    edited = shop.commit(("s2", 900, 800), ("s1", 900, 0))
    assert shop.freshness() == before
    assert [shop.late(batch) for batch in (history, first, again, edited)] == [None] * 4


def run_callbacks(kind: Any, batch: Batch) -> None:
    """Run the production DAG's callbacks of a commit as Airflow's task runner runs them."""
    from airflow.sdk.execution_time.task_runner import _run_task_state_change_callbacks

    commit_task: Any = lightspeed_to_bigquery.lightspeed_to_bigquery().get_task("commit")
    instance = SimpleNamespace(
        dag_id="lightspeed_to_bigquery",
        task_id="commit",
        run_id="run-7",
        xcom_pull=lambda task_ids: [batch.to_xcom()] if task_ids == "extract" else None,
    )
    context: Any = {"ti": instance}
    _run_task_state_change_callbacks(commit_task, kind, context, structlog.get_logger("task"))


@pytest.fixture
def deployed(monkeypatch, webhook, shop: Shop):
    """A deployment whose settings name the dataset and the chat's connection."""
    monkeypatch.setenv("BIGQUERY_DATASET", shop.dataset.partition(".")[2])
    monkeypatch.setenv("ALERT_CONN_ID", "chat")
    return lambda path: connect(monkeypatch, webhook.url, path)


@pytest.mark.services
def test_the_dag_tells_of_a_late_batch_when_its_commit_has_succeeded(webhook, shop: Shop, deployed):
    deployed("secret")
    run_callbacks("on_success_callback", shop.commit(("s1", 5, 0)))
    assert webhook.posted == []
    late = shop.commit(("s2", 90, 0))
    run_callbacks("on_success_callback", late)
    [(path, body)] = webhook.posted
    assert path == "/services/secret"
    assert body["text"].startswith(f"1 sales of batch {late.batch_id} became queryable later than 60 s")


@pytest.mark.services
def test_the_dag_tells_of_records_that_were_rejected(webhook, shop: Shop, deployed):
    deployed("secret")
    batch = dataclasses.replace(shop.commit(("s1", 5, 0)), records=9, rejected=2)
    run_callbacks("on_success_callback", batch)
    [(_, body)] = webhook.posted
    assert body["text"].startswith(f"2 of 9 records of batch {batch.batch_id} did not fit their table")


@pytest.mark.services
def test_the_dag_tells_of_a_task_that_failed_for_good(webhook, shop: Shop, deployed):
    deployed("secret")
    run_callbacks("on_failure_callback", make_batch())
    assert "Task commit of lightspeed_to_bigquery failed in run run-7" in webhook.posted[0][1]["text"]


@pytest.mark.services
def test_an_alert_that_cannot_be_delivered_fails_nothing(webhook, shop: Shop, deployed, caplog):
    deployed("broken")
    run_callbacks("on_success_callback", shop.commit(("s1", 90, 0)))
    assert len(webhook.posted) == 1
    assert "ALERT FRESHNESS: 1 sales of batch" in caplog.text
