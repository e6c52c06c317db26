"""Late truth, both series over HTTP: what changes later arrives, is there once, and is found when hidden."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from include.reconciliation import tasks
from include.settings import Settings
from include.warehouse.client import storage_hook
from sandbox.connections import lightspeed_variables, seed_secret
from sandbox.stack import Ports, Stack
from tests.datasets import empty
from tests.integration.late_shop import LateShop

pytestmark = pytest.mark.services
Sale = dict[str, Any]
NOW = dt.datetime.now(tz=dt.UTC)


def ago(days: int) -> dt.datetime:
    return (NOW - dt.timedelta(days=days)).replace(microsecond=0)


@pytest.fixture(scope="module", params=["x_series", "r_series"])
def shop(
    request: pytest.FixtureRequest,
    warehouse: Stack,
    bigquery_client: Any,
    shared_dataset: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LateShop]:
    """A shop with a history of 60 sales that has been read, in the session's dataset."""
    with Stack(tmp_path_factory.mktemp("late"), Ports.free()) as stack, pytest.MonkeyPatch.context() as patch:
        stack.start_lightspeed("--registers", "200", "--speed", "0", "--max-history-sales", "60")
        seed_secret(stack)
        variables = lightspeed_variables(stack, request.param) | {
            "SECRET_MANAGER_URL": stack.secrets_url,
            "BIGQUERY_DATASET": shared_dataset.rpartition(".")[2],
            "LIGHTSPEED_IDLE_SECONDS": "0.1",
            "LIGHTSPEED_POLL_SECONDS": "0.1",
        }
        for name, value in variables.items():
            patch.setenv(name, value)
        settings = Settings.from_environment()
        bucket = storage_hook(settings).get_conn().bucket(settings.landing_bucket)
        if not bucket.exists():
            bucket.create()
        yield LateShop(stack, bigquery_client, shared_dataset, request.param, before=tasks.compare(None, None))
    empty(bigquery_client, shared_dataset)


@pytest.fixture(scope="module")
def told(shop: LateShop) -> dict[str, Sale]:
    """Sales that were read, then changed in a way that the API tells of, then read again."""
    names = ("edited", "voided", "returned", "shortened", "moved")
    sales = {name: shop.sell() for name in names} | {"parked": shop.sell(completed=False)}
    shop.ingest()
    acts = {name: f"sales/{sale['sale_id']}" for name, sale in sales.items()}
    first = int(sales["edited"]["lines"][0]["line_id"])
    shop.act(f"{acts['edited']}/edit", change_lines=[{"line_id": first, "quantity": 5}])
    shop.act(f"{acts['voided']}/void")
    sales["return"] = shop.act(f"{acts['returned']}/return")
    shop.act(f"{acts['shortened']}/edit", remove_lines=[int(sales["shortened"]["lines"][0]["line_id"])])
    shop.act(f"{acts['moved']}/edit", completed_at=ago(3).isoformat())
    shop.act(f"{acts['parked']}/complete")
    sales["offline"] = shop.sell(completed_at=ago(2).isoformat())
    shop.ingest()
    return sales


def test_nothing_is_compared_before_the_history_was_read(shop: LateShop):
    assert shop.before is None


def test_an_edited_line_arrives(shop: LateShop, told: dict[str, Sale]):
    assert sorted(row["quantity"] for row in shop.sale(told["edited"])) == [1, 5]


def test_a_void_that_moves_no_time_stamp_counts_no_more(shop: LateShop, told: dict[str, Sale]):
    """R-Series' `timeStamp` stays at the completion: the sale is found by its `updatetime`."""
    assert [row["is_voided"] for row in shop.sale(told["voided"])] == [True, True]


def test_a_return_is_a_sale_of_its_own_with_its_sign(shop: LateShop, told: dict[str, Sale]):
    assert sorted(row["quantity"] for row in shop.sale(told["return"])) == [-2, -1]
    assert sorted(row["quantity"] for row in shop.sale(told["returned"])) == [1, 2]


def test_a_line_that_an_edit_removed_is_gone(shop: LateShop, told: dict[str, Sale]):
    assert [row["line_total"] for row in shop.sale(told["shortened"])] == [4]


def test_a_sale_whose_completion_is_edited_moves_to_its_other_day_and_is_there_once(
    shop: LateShop, told: dict[str, Sale]
):
    assert [row["timestamp"] for row in shop.sale(told["moved"])] == [ago(3)] * 2


def test_an_open_sale_arrives_when_it_is_completed(shop: LateShop, told: dict[str, Sale]):
    assert len(shop.sale(told["parked"])) == 2


def test_an_offline_sale_lands_on_the_day_of_its_completion(shop: LateShop, told: dict[str, Sale]):
    assert [row["timestamp"] for row in shop.sale(told["offline"])] == [ago(2)] * 2


def test_every_day_equals_the_shop_after_all_of_these(shop: LateShop, told: dict[str, Sale]):
    assert shop.held() == shop.totals()


@dataclasses.dataclass
class Hidden:
    """Sales of the history that changed without a word, and the days looked at."""

    sales: dict[str, Sale]
    others: list[Sale]
    """Three that did not change."""
    first: dt.date
    alert: str | None
    runs: dict[dt.date, Any]


def history(shop: LateShop, left_out: set[str]) -> list[Sale]:
    """Sales of more than one line that were not made by a test."""
    sales: dict[str, Sale] = {}
    for day in sorted(shop.totals()):
        for line in shop.lines_of(day.isoformat()):
            if line["sale_id"] not in left_out:
                sales.setdefault(line["sale_id"], {**line, "lines": []})["lines"].append(line)
    return [sale for sale in sales.values() if len(sale["lines"]) > 1]


@pytest.fixture(scope="module")
def hidden(shop: LateShop, told: dict[str, Sale]) -> Hidden:
    """Changes that no feed tells of, then one reconciliation of all days."""
    first = min(shop.held())
    names = ("shortened", "moved", "deleted", "lost")
    found = history(shop, {sale["sale_id"] for sale in told.values()})
    sales = dict(zip(names, found, strict=False))
    acts = {name: f"sales/{sale['sale_id']}" for name, sale in sales.items()}
    shop.act(f"{acts['shortened']}/edit", remove_lines=[int(sales["shortened"]["line_id"])], quiet=True)
    shop.act(f"{acts['moved']}/edit", completed_at=ago(5).isoformat(), quiet=True)
    shop.act(acts["deleted"], "DELETE")
    for table in ("sales", "sale_versions"):
        shop.rows(f"DELETE FROM `{{dataset}}.{table}` WHERE sale_id = '{shop.key(sales['lost'])}'")
    shop.ingest()
    assert shop.held() != shop.totals()
    alert = shop.reconcile(min(first, ago(5).date()), NOW.date())
    runs = {row["day"]: row for row in shop.rows("SELECT * FROM `{dataset}.reconciliation_runs`")}
    return Hidden(sales, found[4:7], first, alert, runs)


def test_reconciliation_brings_every_day_back_to_what_the_shop_says(shop: LateShop, hidden: Hidden):
    assert shop.held() == shop.totals()
    assert hidden.alert is None


def test_a_line_removed_by_an_edit_that_moves_no_time_is_found(shop: LateShop, hidden: Hidden):
    sale = hidden.sales["shortened"]
    assert len(shop.sale(sale)) == len(sale["lines"]) - 1


def test_a_sale_moved_without_a_word_is_on_its_new_day_only(shop: LateShop, hidden: Hidden):
    assert {row["timestamp"] for row in shop.sale(hidden.sales["moved"])} == {ago(5)}
    assert len(shop.sale(hidden.sales["moved"])) == len(hidden.sales["moved"]["lines"])


def test_a_deleted_sale_leaves_the_table(shop: LateShop, hidden: Hidden):
    assert shop.sale(hidden.sales["deleted"]) == []


def test_a_lost_sale_is_there_once(shop: LateShop, hidden: Hidden):
    assert len(shop.sale(hidden.sales["lost"])) == len(hidden.sales["lost"]["lines"])


def test_what_was_found_and_done_stands_in_reconciliation_runs(shop: LateShop, hidden: Hidden):
    assert len(hidden.runs) == (NOW.date() - min(hidden.first, ago(5).date())).days + 1
    done = [run for run in hidden.runs.values() if run["action"] == "reread"]
    assert sum(run["missing_sales"] for run in done) >= 2
    assert sum(run["unexpected_sales"] for run in done) >= 2
    assert {run["action"] for run in hidden.runs.values()} == {"none", "reread"}
    for run in done:
        assert run["missing_sales"] + run["unexpected_sales"] + run["changed_sales"] == len(run["sale_ids"])
        after = (run["source_sales_after"], run["source_lines_after"], run["source_amount_after"])
        assert (run["warehouse_sales_after"], run["warehouse_lines_after"], run["warehouse_amount_after"]) == after
        assert run["remaining_sales"] == 0


def test_the_batch_of_a_rereading_stands_in_the_ledger_with_its_days(shop: LateShop, hidden: Hidden):
    (batch,) = shop.rows("SELECT * FROM `{dataset}.ingest_batches` WHERE stream = 'sales_reread'")
    days = {day.isoformat() for day, run in hidden.runs.items() if run["batch_id"] == batch["batch_id"]}
    assert set(batch["cursor_to"].split(",")) == days
    assert batch["raw_uris"]
    assert batch["batch_number"] == 1


def test_a_day_that_agrees_is_not_read_again(shop: LateShop, hidden: Hidden):
    checks = tasks.compare(min(hidden.runs), NOW.date())
    assert checks is not None
    assert [check for check in checks if check["missing"] + check["unexpected"] + check["changed"]] == []
    assert tasks.reread(checks, "run-again", 1) == []


def test_the_status_is_the_newest_comparison_of_each_day(shop: LateShop, hidden: Hidden):
    """The days that are due without being named: the recent ones and a part of the history."""
    assert shop.reconcile(None, None) is None
    rows = shop.rows("SELECT * FROM `{dataset}.reconciliation_status`")
    assert len(rows) == len(hidden.runs)
    assert all(row["agrees"] for row in rows)
    again = {row["day"] for row in rows if row["run_id"] != hidden.runs[row["day"]]["run_id"]}
    assert again == {ago(days).date() for days in (0, 1, 2)} | {min(hidden.runs)}


def test_a_day_that_was_read_again_does_not_undo_what_was_committed_meanwhile(shop: LateShop, hidden: Hidden):
    """The day is landed, a sale of it is voided and ingested, and only then the day is committed."""
    sale = hidden.sales["lost"]
    day = dt.datetime.fromisoformat(sale["completed_at"]).date()
    line = shop.sale(sale)[0]["sale_line_id"]
    shop.rows(f"DELETE FROM `{{dataset}}.sales` WHERE sale_line_id = '{line}'")
    checks = tasks.compare(day, day)
    assert checks is not None
    batches = tasks.reread(checks, "run-slow", 1)
    shop.act(f"sales/{sale['sale_id']}/void")
    shop.ingest()
    shop.commit(batches)
    assert [row["is_voided"] for row in shop.sale(sale)] == [True] * len(sale["lines"])
    assert shop.held() == shop.totals()


def test_what_remains_different_is_told(shop: LateShop, hidden: Hidden, monkeypatch: pytest.MonkeyPatch):
    """A run that only reports says what differs, once; the next one mends it."""
    day = ago(5).date()
    sale = hidden.sales["moved"]
    shop.rows(f"DELETE FROM `{{dataset}}.sales` WHERE sale_id = '{shop.key(sale)}'")
    broken = tasks.compare(day, day)
    assert broken is not None
    told = tasks.record(broken, [], "run-report", False)
    assert told is not None
    assert (
        f"1 sales of 1 days differ between Lightspeed and BigQuery after reconciliation, the first day is {day}" in told
    )
    assert shop.key(sale) in told
    (run,) = shop.rows("SELECT * FROM `{dataset}.reconciliation_runs` WHERE run_id = 'run-report'")
    assert (run["action"], run["remaining_sales"], run["source_sales_after"]) == ("reported", 1, None)
    assert tasks.record(broken, [], "run-report", False) == told
    assert len(shop.rows("SELECT * FROM `{dataset}.reconciliation_runs` WHERE run_id = 'run-report'")) == 1
    assert shop.reconcile(day, day) is None
    assert shop.held() == shop.totals()


def test_a_change_within_the_grace_period_is_no_difference(shop: LateShop, hidden: Hidden):
    """A void, a move to another day and a sale that is open again, before ingestion has seen them."""
    voided, moved, reopened = hidden.others
    days = {dt.datetime.fromisoformat(sale["completed_at"]).date() for sale in hidden.others}
    first, last = min(days), max(days)
    before = tasks.compare(first, last)
    shop.act(f"sales/{voided['sale_id']}/void")
    shop.act(f"sales/{moved['sale_id']}/edit", completed_at=ago(7).isoformat())
    shop.act(f"sales/{reopened['sale_id']}/reopen")
    checks, target = tasks.compare(first, last), tasks.compare(ago(7).date(), ago(7).date())
    assert before is not None
    assert checks is not None
    assert target is not None
    assert sum(check["in_flight"] for check in checks) == sum(check["in_flight"] for check in before) + 3
    assert [check["in_flight"] for check in target] == [1]
    assert {check["missing"] + check["unexpected"] + check["changed"] for check in checks + target} == {0}
    assert shop.held() != shop.totals()
