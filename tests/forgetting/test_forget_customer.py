"""A customer is forgotten: in every table and object, for good; the shop's totals stay, and so does everybody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from include.forgetting import tasks
from include.forgetting.objects import CASES
from include.settings import Settings
from include.warehouse.client import storage_hook
from tests.datasets import empty
from tests.forgetting.killing import SideEffects, killed_before
from tests.forgetting.known_shop import KnownShop, known_shop
from tests.replay.shop import LINES, WHOLE

pytestmark = pytest.mark.services


@pytest.fixture(scope="module", params=["x_series", pytest.param("r_series", marks=pytest.mark.full)])
def shop(
    request: pytest.FixtureRequest, bigquery_client: Any, shared_dataset: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KnownShop]:
    with known_shop(request.param, tmp_path_factory.mktemp("forget"), bigquery_client, shared_dataset) as shop:
        yield shop
    empty(bigquery_client, shared_dataset)


TABLES = {
    *("sales", "customers", "customer_features", "customer_predictions", "customer_profiles_v1", "customer_objections"),
    *("staging_sales_00000001_left_rows", "customer_features_training_20260301", "mail_of_later"),
}
FOLDERS = {"lightspeed/sales", "lightspeed/customers", "predictions/as_of=2026-03-01"}


def requests(shop: KnownShop) -> list[str]:
    return storage_hook(Settings.from_environment()).list(shop.bucket, prefix=CASES) or []


def test_a_dry_run_finds_the_customer_everywhere_and_changes_nothing(shop: KnownShop):
    shop.meet(11)
    effects = SideEffects()
    with pytest.MonkeyPatch.context() as patch:
        effects.install(patch)
        found = shop.forget(11, dry_run=True)
    assert effects.seen == []
    assert {line.split()[1].rstrip(":") for line in found} >= TABLES | FOLDERS


def test_a_forgotten_customer_is_nowhere_and_does_not_come_back(shop: KnownShop):
    shop.meet(12)
    totals, other = shop.totals(), shop.search(11)
    shop.forget(12)
    assert shop.totals() == totals
    assert shop.search(11) == other
    proof = shop.proof()
    assert {name for (phase, name), found in proof.items() if phase == "before" and found} >= TABLES | FOLDERS
    after = {name: found for (phase, name), found in proof.items() if phase == "after"}
    assert after.keys() >= TABLES | FOLDERS
    assert set(after.values()) == {0}
    assert requests(shop) == []
    # Lightspeed still has them, and they buy once more.
    shop.shop.act("customers/12", emails=["second.12@example.com"])
    sale = shop.shop.act("sales", lines=LINES, customer_id=12)
    shop.shop.checked = None
    shop.shop.ingest()
    key = "x_sale_id" if shop.series == "x_series" else "sale_id"
    lines = [row for row in shop.shop.rows("sales") if f'"sale_id":"{sale[key]}"' in row]
    assert len(lines) == 2
    assert all('"customer_id":null' in line for line in lines)
    assert shop.search(12) == []
    before = shop.shop.everything()
    shop.shop.run("DELETE FROM @@sales WHERE TRUE")
    shop.shop.run("DELETE FROM @@customers WHERE TRUE")
    shop.shop.replay(WHOLE)
    assert shop.shop.everything() == before
    assert shop.search(12) == []


def test_a_batch_that_was_under_way_brings_nobody_back(shop: KnownShop):
    shop.meet(13)
    shop.shop.act("customers/13", emails=["second.13@example.com"])
    shop.shop.act("sales", lines=LINES, customer_id=13)
    shop.shop.checked = None
    batches = shop.shop.extract()
    customer = shop.id_of(13)
    tasks.find(shop.series, customer, "customer_request", False)
    tasks.forget(shop.series, customer)
    shop.shop.finish(batches)
    assert shop.search(13) == []
    tasks.prove(shop.series, customer)


def test_a_killed_run_is_finished_by_the_next_one(shop: KnownShop):
    """Each process gets SIGKILL before a later side effect; the first half of the proof is that of the first one."""
    shop.meet(14)
    totals, other = shop.totals(), shop.search(11)
    for number in (1, 2, 6, 12):
        assert killed_before(number, lambda: shop.forget(14))
        assert shop.totals() == totals
    shop.forget(14)
    assert shop.search(14) == []
    assert shop.search(11) == other
    assert all(shop.proof()["before", table] for table in TABLES)
    assert requests(shop) == []


@pytest.mark.full
def test_a_run_that_is_killed_between_any_two_side_effects_is_finished_by_the_next_one(shop: KnownShop):
    shop.meet(15)
    totals, other, number = shop.totals(), shop.search(11), 0
    while killed_before(number, lambda: shop.forget(15)):
        assert shop.totals() == totals
        number += 1
    assert number > 20
    assert shop.search(15) == []
    assert shop.search(11) == other
    assert requests(shop) == []


def test_customers_whom_lightspeed_has_anonymised_are_found_once(shop: KnownShop):
    gone = {"first_name": "Customer", "last_name": "[70]", "is_archived": True}
    shop.meet(16)
    shop.shop.act("customers/16", **gone)
    shop.shop.checked = None
    shop.shop.ingest()
    customer = {"source": shop.series, "customer_id": shop.id_of(16)}
    assert customer in tasks.anonymised()
    assert shop.id_of(16) not in tasks.run_name(**customer)
    shop.forget(16)
    assert customer not in tasks.anonymised()
    assert shop.search(16) == []


def test_the_sweep_takes_out_what_a_run_that_was_under_way_has_written(shop: KnownShop):
    from include.landing.tasks import utc_now
    from tests.forgetting.known_shop import DERIVED

    since = utc_now()
    shop.meet(17)
    shop.forget(17)
    for table, columns, values in DERIVED[:3]:
        text = values.format(customer=shop.id_of(17), number=17)
        shop.shop.run(f"INSERT INTO @@{table} ({columns}) VALUES ({text})")
    shop._score(shop.id_of(17))
    assert len(shop.search(17)) == 4
    assert tasks.sweep(since) == 1
    assert shop.search(17) == []
