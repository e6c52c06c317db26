"""What the reader asks BigQuery, and how often; and who learns of it."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Sequence

import pytest
from fastapi.testclient import TestClient

from plugins.customer_profiles_api.audit import IDS_PER_ROW, AuditLog, AuditUnavailableError, Row
from plugins.customer_profiles_api.reader import ProfileReader
from plugins.customer_profiles_api.settings import ApiSettings
from plugins.customer_profiles_api.warehouse import Parameters, Warehouse
from tests.plugins.open_app import AuditTrail, open_app
from tests.plugins.rows import FORGOTTEN, FULL_ROW


class CountedWarehouse(Warehouse):
    """Customers whose id has at most four characters have a profile; counts the queries."""

    def __init__(self, settings: ApiSettings) -> None:
        super().__init__(settings)
        self.version = "1"
        self.files: list[str] = []

    def query(self, file: str, values: Parameters) -> list[Row]:
        self.files.append(file)
        if file == "version.sql":
            return [{"profile_version": self.version}]
        return [self._row(name) for name in values["customer_ids"][1]]

    def _row(self, name: str) -> Row:
        known = len(name) <= 4
        profile = FULL_ROW if known else dict.fromkeys(FULL_ROW)
        own = {"customer_id": name if known else None, "asked_id": name, "profile_version": self.version}
        return {**profile, **own, "is_forgotten": name == FORGOTTEN}


@pytest.fixture
def counted() -> CountedWarehouse:
    return CountedWarehouse(ApiSettings())


@pytest.fixture
def reader(counted: CountedWarehouse) -> ProfileReader:
    return ProfileReader(ApiSettings(), counted)


def test_a_cold_profile_costs_one_query_and_a_warm_one_none(reader: ProfileReader, counted: CountedWarehouse):
    assert reader.find(["1"]).profiles == reader.find(["1"]).profiles
    assert counted.files == ["customers.sql"]


def test_a_batch_of_a_thousand_costs_one_query(reader: ProfileReader, counted: CountedWarehouse):
    reader.find(["1"])
    found = reader.find([str(number) for number in range(1000)])
    assert counted.files == ["customers.sql"] * 2
    assert len(found.profiles) == 999
    assert found.forgotten == [FORGOTTEN]


def test_a_new_version_is_served_after_a_check(reader: ProfileReader, counted: CountedWarehouse):
    reader.find(["1"])
    counted.version = "2"
    reader.check_version()
    reader.find(["1"])
    assert counted.files == ["customers.sql", "version.sql", "customers.sql"]


def test_a_batch_is_what_its_profiles_are_one_by_one(reader: ProfileReader):
    client = TestClient(open_app(reader))
    asked = {"customer_ids": ["3", "unknown", "1", FORGOTTEN, "3"]}
    batch = client.post("/v1/customers:batchGet", json=asked).json()
    assert batch["profiles"] == [client.get(f"/v1/customers/{name}").json() for name in "31"]
    assert (batch["unknown"], batch["forgotten"]) == (["unknown"], [FORGOTTEN])


def test_a_batch_is_logged_whole_in_rows_that_every_database_holds(reader: ProfileReader):
    audit = AuditTrail()
    ids = [str(number) for number in range(250)]
    TestClient(open_app(reader, audit)).post("/v1/customers:batchGet", json={"customer_ids": ids})
    logged = [json.loads(row["extra"])["customer_ids"] for row in audit.rows]
    assert [len(part) for part in logged] == [IDS_PER_ROW, IDS_PER_ROW, 49]
    assert sorted(itertools.chain.from_iterable(logged)) == sorted(set(ids) - {FORGOTTEN})
    assert {row["owner"] for row in audit.rows} == {"tester"}


def test_without_an_audit_log_nobody_is_served(reader: ProfileReader):
    def broken(rows: Sequence[Row]) -> None:
        raise OSError("disk full")

    client = TestClient(open_app(reader, AuditLog(broken)))
    for answer in (client.get("/v1/customers/1"), client.post("/v1/customers:batchGet", json={"customer_ids": ["1"]})):
        assert answer.status_code == 503
        assert answer.json()["type"].endswith("#audit-log-unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert "likely_products" not in answer.text


def test_readers_that_come_together_share_a_commit():
    begun, go, commits = threading.Event(), threading.Event(), []

    def slow(rows: Sequence[Row]) -> None:
        begun.set()
        go.wait(5)
        commits.append(len(rows))

    audit = AuditLog(slow)
    threads = [threading.Thread(target=audit.record, args=("read", "me", [str(number)])) for number in range(9)]
    threads[0].start()
    begun.wait(5)
    for thread in threads[1:]:
        thread.start()
    while audit.waiting < 8:
        pass
    go.set()
    for thread in threads:
        thread.join(5)
    assert commits == [1, 8]


def test_a_log_that_hangs_refuses_the_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("plugins.customer_profiles_api.audit.WAIT_SECONDS", 0.05)
    released = threading.Event()

    def hang(rows: Sequence[Row]) -> None:
        released.wait(5)

    with pytest.raises(AuditUnavailableError):
        AuditLog(hang).record("read", "me", ["1"])
    released.set()


def test_a_coroutine_waits_for_the_commit_without_blocking_the_event_loop():
    released, rows_written = threading.Event(), []

    def slow(rows: Sequence[Row]) -> None:
        released.wait(5)
        rows_written.extend(rows)

    async def read() -> None:
        reading = asyncio.create_task(AuditLog(slow).record_async("read", "me", ["1"]))
        await asyncio.sleep(0.01)
        assert not reading.done()
        released.set()
        await reading

    asyncio.run(read())
    assert [row["owner"] for row in rows_written] == ["me"]


def test_a_read_whose_caller_has_gone_is_logged_all_the_same():
    begun, go, written = threading.Event(), threading.Event(), []

    def slow(rows: Sequence[Row]) -> None:
        begun.set()
        go.wait(5)
        written.extend(json.loads(row["extra"])["customer_ids"][0] for row in rows)

    audit = AuditLog(slow)

    async def leave() -> None:
        first = asyncio.create_task(audit.record_async("read", "me", ["1"]))
        await asyncio.to_thread(begun.wait, 5)
        second = asyncio.create_task(audit.record_async("read", "me", ["2"]))
        await asyncio.sleep(0.01)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        go.set()
        await first
        await audit.record_async("read", "me", ["3"])

    asyncio.run(leave())
    assert written == ["1", "2", "3"]


class ColdWarehouse(Warehouse):
    """Takes a while to import, or cannot."""

    def __init__(self, fault: Exception | None = None) -> None:
        super().__init__(ApiSettings())
        self.fault, self.is_warm = fault, False

    def warm_up(self) -> None:
        time.sleep(0.1)
        if self.fault:
            raise self.fault
        self.is_warm = True


def test_what_queries_import_is_imported_before_anybody_is_served():
    """Beside it, the first caller's own import can meet it half done: Python then gives up one of the two."""
    cold = ColdWarehouse()
    with TestClient(open_app(ProfileReader(ApiSettings(), cold))):
        assert cold.is_warm


def test_a_provider_that_cannot_be_imported_does_not_keep_airflow_from_starting():
    cold = ColdWarehouse(ImportError("no such provider"))
    with TestClient(open_app(ProfileReader(ApiSettings(), cold))) as client:
        assert client.get("/v1/openapi.json").status_code == 200
