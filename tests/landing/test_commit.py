from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from google.api_core.exceptions import BadRequest, GoogleAPICallError

from include.forgetting.people import digest, key_id
from include.landing import ledger
from include.landing.batch import BEGINNING, Batch
from include.landing.commit import commit, is_committed
from include.landing.load import drop, drop_leftovers, load
from tests.landing.test_batch import make_batch

pytestmark = pytest.mark.services

NOW = dt.datetime.now(tz=dt.UTC)
KEY = "a key of the tests"


@dataclasses.dataclass
class Shop:
    """A dataset, and batches staged by hand as load jobs would stage them."""

    client: Any
    dataset: str
    staged_at: str
    """Part of the jobs' names: a further test on the same dataset runs further jobs."""

    def stage(
        self, number: int, sales: dict[str, tuple[str | None, list[str]]], version: int | None = None, **changes
    ) -> Batch:
        """`sales`: id -> (completion, line ids); a sale without completion is open and has no lines.

        The version of all of them is the batch's number if it is not given.
        """
        batch = make_batch(
            **{
                "batch_id": f"sales_{number:08d}_{len(sales)}",
                "batch_number": number,
                "extract_started_at": NOW.isoformat(),
                "extract_ended_at": self.staged_at,
                "cursor_to": str(number),
                **changes,
            },
        )
        load(self.client, self.dataset, batch, NOW + dt.timedelta(hours=1))
        for sale, (completed, lines) in sales.items():
            self.run(
                f"INSERT INTO `{batch.staging_table(self.dataset, 'headers')}` (sale_id, version, completed_at)"
                f" VALUES ('{sale}', {version or number}, {f'TIMESTAMP {completed!r}' if completed else 'NULL'})"
            )
            for line in lines:
                self.run(
                    f"INSERT INTO `{batch.staging_table(self.dataset, 'rows')}` (timestamp, quantity, sale_id,"
                    " sale_line_id, line_total, is_return, is_voided, source, source_updated_at, batch_id)"
                    f" VALUES (TIMESTAMP {completed!r}, 1, '{sale}', '{line}', 2.5, FALSE, FALSE, 'x_series',"
                    f" TIMESTAMP {completed!r}, '{batch.batch_id}')"
                )
        return batch

    def run(self, statement: str) -> list:
        return list(self.client.query_and_wait(statement))

    def sales(self) -> set[tuple[str, str, dt.date]]:
        rows = self.run(f"SELECT sale_id, sale_line_id, DATE(timestamp) AS day FROM `{self.dataset}.sales`")
        return {(row["sale_id"], row["sale_line_id"], row["day"]) for row in rows}

    def versions(self) -> dict[str, int]:
        rows = self.run(f"SELECT sale_id, version FROM `{self.dataset}.sale_versions`")
        return {row["sale_id"]: row["version"] for row in rows}

    def ledger(self) -> list[int]:
        rows = self.run(f"SELECT batch_number AS n FROM `{self.dataset}.ingest_batches` ORDER BY n")
        return [row["n"] for row in rows]


@pytest.fixture
def shop(bigquery_client, dataset) -> Shop:
    return Shop(bigquery_client, dataset, dt.datetime.now(tz=dt.UTC).isoformat())


def day(number: int) -> dt.date:
    return dt.date(2026, 1, number)


def test_a_batch_and_its_ledger_row_become_visible_together(shop: Shop):
    batch = shop.stage(1, {"s1": ("2026-01-02 10:00:00", ["l1", "l2"])})
    assert not is_committed(shop.client, shop.dataset, batch, NOW)
    commit(shop.client, shop.dataset, batch, NOW)
    assert shop.sales() == {("s1", "l1", day(2)), ("s1", "l2", day(2))}
    assert shop.ledger() == [1]
    position = ledger.position(shop.client, shop.dataset, "sales", "x_series", NOW)
    assert (position.number, position.cursor) == (1, "1")


def test_a_stream_without_batches_stands_at_the_beginning(shop: Shop):
    assert ledger.position(shop.client, shop.dataset, "sales", "r_series", NOW) == BEGINNING


def test_a_commit_that_runs_again_changes_nothing(shop: Shop):
    batch = shop.stage(1, {"s1": ("2026-01-02 10:00:00", ["l1"])})
    commit(shop.client, shop.dataset, batch, NOW)
    commit(shop.client, shop.dataset, batch, NOW)
    assert shop.sales() == {("s1", "l1", day(2))}
    assert shop.ledger() == [1]


def test_a_batch_that_is_not_the_next_one_writes_nothing_at_all(shop: Shop):
    commit(shop.client, shop.dataset, shop.stage(1, {"s1": ("2026-01-02 10:00:00", ["l1"])}), NOW)
    rival = shop.stage(1, {"s1": ("2026-01-02 10:00:00", []), "s2": ("2026-01-03 10:00:00", ["l9"])})
    with pytest.raises(BadRequest, match="another run has committed; nothing was written"):
        commit(shop.client, shop.dataset, rival, NOW)
    assert shop.sales() == {("s1", "l1", day(2))}
    assert shop.ledger() == [1]


def test_an_edit_replaces_the_sale_whole_and_moves_it_to_its_new_day(shop: Shop):
    commit(shop.client, shop.dataset, shop.stage(1, {"s1": ("2026-01-02 10:00:00", ["l1", "l2"])}), NOW)
    commit(shop.client, shop.dataset, shop.stage(2, {"s1": ("2026-01-05 10:00:00", ["l2", "l3"])}), NOW)
    assert shop.sales() == {("s1", "l2", day(5)), ("s1", "l3", day(5))}


def test_a_sale_that_is_reopened_leaves_the_table_until_it_is_completed_again(shop: Shop):
    commit(shop.client, shop.dataset, shop.stage(1, {"s1": ("2026-01-02 10:00:00", ["l1"])}), NOW)
    commit(shop.client, shop.dataset, shop.stage(2, {"s1": (None, [])}), NOW)
    assert shop.sales() == set()
    commit(shop.client, shop.dataset, shop.stage(3, {"s1": ("2026-01-04 10:00:00", ["l1"])}), NOW)
    assert shop.sales() == {("s1", "l1", day(4))}


def test_other_sales_of_the_same_day_are_left_alone(shop: Shop):
    both: dict[str, tuple[str | None, list[str]]] = {
        "s1": ("2026-01-02 10:00:00", ["l1"]),
        "s2": ("2026-01-02 11:00:00", ["l2"]),
    }
    commit(shop.client, shop.dataset, shop.stage(1, both), NOW)
    commit(shop.client, shop.dataset, shop.stage(2, {"s1": ("2026-01-02 10:00:00", ["l3"])}), NOW)
    assert shop.sales() == {("s1", "l3", day(2)), ("s2", "l2", day(2))}


def test_sales_of_somebody_who_was_forgotten_come_in_unlinked_whatever_the_extract_knew(shop: Shop):
    forgotten = f"'{digest(KEY, '78')}', CURRENT_TIMESTAMP(), '{key_id(KEY)}'"
    shop.run(
        f"INSERT INTO `{shop.dataset}.forgotten_customers` (customer_sha256, forgotten_at, key_id) VALUES ({forgotten})"
    )
    batch = shop.stage(1, {"s1": ("2026-01-02 10:00:00", ["l1"]), "s2": ("2026-01-02 10:00:00", ["l2"])})
    rows = batch.staging_table(shop.dataset, "rows")
    shop.run(f"UPDATE `{rows}` SET customer_id = IF(sale_id = 's1', '78', '79') WHERE TRUE")
    with pytest.raises(BadRequest, match="another FORGET_KEY"):
        commit(shop.client, shop.dataset, batch, NOW, "another key")
    assert shop.ledger() == []
    commit(shop.client, shop.dataset, batch, NOW, KEY)
    held = shop.run(f"SELECT sale_id, customer_id FROM `{shop.dataset}.sales` ORDER BY sale_id")
    assert [tuple(row.values()) for row in held] == [("s1", None), ("s2", "79")]


def test_rejected_records_are_kept_with_reason_and_raw_uri(shop: Shop):
    batch = shop.stage(1, {"s1": ("2026-01-02 10:00:00", ["l1"])}, rejected=1)
    shop.run(
        f"INSERT INTO `{batch.staging_table(shop.dataset, 'rejected')}` (record_id, reason, raw_uri, record)"
        " VALUES ('s9', 'no quantity', 'gs://landing/raw', '{}')"
    )
    commit(shop.client, shop.dataset, batch, NOW)
    rows = shop.run(f"SELECT record_id, reason, raw_uri, batch_id FROM `{shop.dataset}.rejected_records`")
    assert [tuple(row.values()) for row in rows] == [("s9", "no quantity", "gs://landing/raw", batch.batch_id)]


def test_dropping_staging_leaves_no_staging_table_and_may_run_twice(shop: Shop):
    batch = shop.stage(1, {})
    for _ in range(2):
        drop(shop.client, shop.dataset, batch)
    assert not [t for t in shop.client.list_tables(shop.dataset) if t.table_id.startswith("staging_")]


def test_a_teardown_drops_what_a_late_attempt_of_an_earlier_batch_has_left(shop: Shop):
    for number in (1, 2, 3):
        shop.stage(number, {})
    second = make_batch(batch_number=2)
    assert len(drop_leftovers(shop.client, shop.dataset, second)) == 3
    left = {t.table_id[:24] for t in shop.client.list_tables(shop.dataset) if t.table_id.startswith("staging_")}
    assert left == {"staging_sales_00000002_0", "staging_sales_00000003_0"}


def test_line_totals_keep_their_exact_decimals(shop: Shop):
    commit(shop.client, shop.dataset, shop.stage(1, {"s1": ("2026-01-02 10:00:00", ["l1"])}), NOW)
    assert shop.run(f"SELECT line_total FROM `{shop.dataset}.sales`")[0]["line_total"] == Decimal("2.5")


def test_a_state_with_a_lower_version_never_replaces_a_newer_one(shop: Shop):
    commit(shop.client, shop.dataset, shop.stage(1, {"s1": ("2026-01-02 10:00:00", ["l1"])}, version=7), NOW)
    both: dict[str, tuple[str | None, list[str]]] = {
        "s1": ("2026-01-03 10:00:00", ["l1", "l2"]),
        "s2": ("2026-01-03 11:00:00", ["l3"]),
    }
    commit(shop.client, shop.dataset, shop.stage(2, both, version=6), NOW)
    assert shop.sales() == {("s1", "l1", day(2)), ("s2", "l3", day(3))}
    assert shop.versions() == {"s1": 7, "s2": 6}


def test_of_two_states_with_one_version_the_one_read_later_stays(shop: Shop):
    later = (NOW + dt.timedelta(minutes=1)).isoformat()
    newer = shop.stage(1, {"s1": ("2026-01-02 10:00:00", ["l1"])}, version=7, extract_started_at=later)
    commit(shop.client, shop.dataset, newer, NOW)
    commit(shop.client, shop.dataset, shop.stage(2, {"s1": ("2026-01-03 10:00:00", ["l2"])}, version=7), NOW)
    assert shop.sales() == {("s1", "l1", day(2))}


def test_of_two_commits_at_once_one_passes_and_the_other_writes_nothing(shop: Shop):
    """Both are number 1: without the lock each could find itself to be next, in its own snapshot of the ledger."""
    rivals = [
        shop.stage(1, {f"s{n}": ("2026-01-02 10:00:00", [f"l{n}"])}, batch_id=f"sales_00000001_rival{n}")
        for n in (1, 2)
    ]

    def attempt(batch: Batch) -> str:
        try:
            commit(shop.client, shop.dataset, batch, NOW)
        except GoogleAPICallError:
            return "refused"
        return batch.batch_id

    with concurrent.futures.ThreadPoolExecutor() as threads:
        outcomes = list(threads.map(attempt, rivals))
    assert outcomes.count("refused") == 1
    assert shop.ledger() == [1]
    assert len(shop.sales()) == 1


def test_all_times_of_a_commit_are_the_one_of_its_lock(shop: Shop):
    commit(shop.client, shop.dataset, shop.stage(1, {"s1": ("2026-01-02 10:00:00", ["l1"])}), NOW)
    [times] = shop.run(
        f"SELECT (SELECT locked_at FROM `{shop.dataset}.ingest_locks`) AS locked,"
        f" (SELECT committed_at FROM `{shop.dataset}.ingest_batches`) AS committed,"
        f" (SELECT ingested_at FROM `{shop.dataset}.sales`) AS ingested"
    )
    assert len(set(times.values())) == 1
