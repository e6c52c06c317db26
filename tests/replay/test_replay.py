"""Tables made again from the raw objects alone: the same rows, whatever was lost and whatever happens meanwhile."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import pytest

from include.landing import tasks
from include.landing.manifest import RECEIPT, split
from include.lightspeed.http import Transport
from include.replay import tasks as replay
from include.replay.tables import TABLES, scope
from include.settings import Settings
from include.warehouse.client import storage_hook
from tests.replay.shop import LINES, SALES, WHOLE, Shop, open_shop

pytestmark = pytest.mark.services


@pytest.fixture(scope="module", params=["x_series", pytest.param("r_series", marks=pytest.mark.full)])
def shop(request: pytest.FixtureRequest, warehouse, bigquery_client: Any, tmp_path_factory: pytest.TempPathFactory):
    with open_shop(request.param, tmp_path_factory.mktemp("replay"), bigquery_client) as shop:
        yield shop


def lose(shop: Shop, *tables: str) -> None:
    for table in tables or TABLES:
        shop.client.delete_table(f"{shop.dataset}.{table}")


def test_a_lost_dataset_is_made_again_row_for_row_and_ingestion_goes_on(shop: Shop):
    before = shop.everything()
    assert {table for table, rows in before.items() if not rows} == {"email_events", "social_events"}
    lose(shop)
    shop.replay(WHOLE)
    assert shop.everything() == before
    shop.act("sales", lines=LINES)
    shop.ingest()
    assert len(shop.rows("sales")) == len(before["sales"]) + 2
    assert len(shop.rows("sale_versions")) == len(before["sale_versions"]) + 1
    assert shop.leftovers() == []


@pytest.mark.full
def test_damaged_days_are_made_again_and_other_days_are_left_alone(shop: Shop):
    before = shop.everything()
    day = tasks.utc_now().date() - dt.timedelta(days=3)
    shop.run(f"UPDATE @@sales SET quantity = 9 WHERE DATE(timestamp) >= '{day}'")
    shop.run("DELETE FROM @@sale_arrivals WHERE TRUE")
    shop.run("DELETE FROM @@rejected_records WHERE TRUE")
    elsewhere = "UPDATE @@sales SET employee_id = 'x' WHERE DATE(timestamp) < '{}'"
    shop.run(elsewhere.format(day))
    damaged = shop.rows("sales")
    shop.replay(scope(["sales", "sale_arrivals", "rejected_records"], day, None))
    assert shop.rows("sale_arrivals") == before["sale_arrivals"]
    assert shop.rows("rejected_records") == before["rejected_records"]
    mended = shop.rows("sales")
    assert {row for row in mended if '"employee_id":"x"' in row} == {
        row for row in damaged if '"employee_id":"x"' in row
    }
    shop.replay(scope(["sales"], None, day - dt.timedelta(days=1)))
    assert shop.everything() == before


def test_a_dry_run_tells_what_would_change_and_changes_nothing(shop: Shop, caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    before = shop.rows("sales")
    shop.run("DELETE FROM @@sales WHERE sale_line_id = (SELECT MIN(sale_line_id) FROM @@sales)")
    damaged = shop.rows("sales")
    shop.replay(scope(["sales", "customers"], None, None), dry_run=True)
    assert shop.rows("sales") == damaged
    assert f"sales: {len(damaged)} rows stay, 0 go, {len(before) - len(damaged)} come" in caplog.text
    assert "customers: identical" in caplog.text
    assert shop.leftovers() == []
    shop.replay(scope(["sales"], None, None))
    assert shop.rows("sales") == before


@pytest.mark.full
def test_a_batch_that_is_committed_meanwhile_is_not_lost(shop: Shop):
    run = f"replay-{os.urandom(3).hex()}"
    shop.run("DELETE FROM @@sales WHERE TRUE")
    name = replay.compare(run, 1, SALES, replay.parse(run, SALES))
    sale = shop.act("sales", lines=LINES)
    shop.ingest()
    replay.swap(run, SALES, name)
    replay.clean(run, SALES)
    rows = shop.rows("sales")
    key = "x_sale_id" if "x_series" in shop.dataset else "sale_id"
    assert sum(f'"sale_id":"{sale[key]}"' in row for row in rows) == 2
    shop.replay(SALES)
    assert shop.rows("sales") == rows


def test_a_batch_that_is_committed_right_before_the_swap_is_caught_up_with(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    from include.replay.shadow import Shadow

    swap, meanwhile = Shadow.swap, [shop.ingest]
    shop.act("sales", lines=LINES)

    def late(self: Shadow, ledger_batches: int) -> None:
        if meanwhile:
            meanwhile.pop()()
        swap(self, ledger_batches)

    monkeypatch.setattr(Shadow, "swap", late)
    sales = len(shop.rows("sales"))
    shop.replay(SALES)
    assert len(shop.rows("sales")) == sales + 2
    assert len(set(shop.rows("ingest_batches"))) == len(shop.rows("ingest_batches"))


@pytest.mark.full
def test_a_replay_that_is_killed_between_its_steps_and_runs_again_gives_the_same(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    from include.replay.parts import Parts
    from include.replay.shadow import Shadow

    before, run = shop.everything(), f"replay-{os.urandom(3).hex()}"
    lose(shop, "sales")

    def killed(method: str, owner: type, *arguments: Any) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(owner, method, _kill)
            with pytest.raises(KeyboardInterrupt):
                arguments[0](*arguments[1:])

    killed("_upload", Parts, replay.parse, run, SALES)
    parts = replay.parse(run, SALES)
    assert replay.parse(run, SALES) == parts
    killed("build", Shadow, replay.compare, run, 1, SALES, parts)
    killed("compare", Shadow, replay.compare, run, 2, SALES, parts)
    name = replay.compare(run, 3, SALES, parts)
    killed("swap", Shadow, replay.swap, run, SALES, name)
    replay.swap(run, SALES, name)
    replay.swap(run, SALES, name)
    for _ in range(2):
        replay.clean(run, SALES)
    assert shop.everything() == before
    assert shop.leftovers() == []


def _kill(*_: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.full
def test_a_commit_that_was_killed_before_its_receipt_is_made_up_for_by_the_next_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
):
    from include.landing import receipts

    shop.act("sales", lines=LINES)
    batches = shop.extract()
    tasks.load(batches)
    with monkeypatch.context() as patch:
        patch.setattr(receipts, "write", _kill)
        with pytest.raises(KeyboardInterrupt):
            tasks.commit(batches)
    tasks.drop_staging(batches)
    uri = f"{batches[0]['raw_uris'][0].rpartition('/')[0]}/{RECEIPT}"
    hook = storage_hook(Settings.from_environment())
    assert not hook.exists(*split(uri))
    shop.act("sales", lines=LINES)
    shop.ingest()
    assert hook.exists(*split(uri))
    before = shop.everything()
    lose(shop, "ingest_batches", "ingest_locks")
    shop.replay(SALES)
    assert shop.everything() == before


@pytest.mark.full
def test_a_batch_without_a_receipt_is_known_by_the_one_that_went_on_from_it(shop: Shop):
    hook = storage_hook(Settings.from_environment())
    uris = [
        row["uri"]
        for row in shop.client.query_and_wait(
            f"SELECT raw_uris[OFFSET(0)] AS uri FROM `{shop.dataset}.ingest_batches`"
            " WHERE stream = 'sales' AND batch_number = 2"
        )
    ]
    bucket, receipt = split(f"{uris[0].rpartition('/')[0]}/{RECEIPT}")
    kept = hook.download(bucket, receipt)
    hook.delete(bucket, receipt)
    numbers = len(shop.rows("ingest_batches"))
    lose(shop, "ingest_batches")
    shop.replay(scope(["ingest_batches"], None, None))
    assert len(shop.rows("ingest_batches")) == numbers
    hook.upload(bucket, receipt, data=kept)
    shop.run("DELETE FROM @@ingest_batches WHERE TRUE")
    shop.replay(SALES)


def test_a_new_field_and_a_changed_type_are_recorded_once_and_sales_keep_flowing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    get, marker = Transport.get, b'"is_return":' if "x_series" in shop.dataset else b'"unitQuantity":'
    drifted = b'"loyalty_card":"4711 secret",' + marker
    with monkeypatch.context() as patch:
        patch.setattr(Transport, "get", lambda self, target: get(self, target).replace(marker, drifted))
        sales = len(shop.rows("sales"))
        for _ in range(2):
            shop.act("sales", lines=LINES)
            shop.ingest()
        assert len(shop.rows("sales")) == sales + 4
    (change,) = shop.rows("schema_changes")
    assert '"kind":"new_field","json_type":"string"' in change
    assert 'loyalty_card"' in change
    assert "4711" not in change + caplog.text
    assert caplog.text.count("ALERT SCHEMA: sales of") == 1
