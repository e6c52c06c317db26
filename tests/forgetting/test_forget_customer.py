"""A customer is forgotten: in every table and object, for good; the shop's totals stay, and so does everybody else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from include.forgetting import tasks
from include.forgetting.objects import CASES
from include.landing.tasks import utc_now
from include.models import tasks as models
from include.settings import Settings
from include.warehouse.client import storage_hook
from tests.datasets import empty
from tests.forgetting.killing import SideEffects, killed_before
from tests.forgetting.known_shop import DERIVED, KnownShop, known_shop
from tests.replay.shop import LINES, WHOLE

pytestmark = pytest.mark.services

FORGOTTEN, STAYS, UNDER_WAY, KILLED, ALWAYS_KILLED, ANONYMISED, RETRAINED, SWEPT = range(11, 19)
"""Numbers of customers, one a test."""

TABLES = {"sales", "customers", *DERIVED}
REJECTED = {"rejected_records"}
FOLDERS = {"lightspeed/sales", "lightspeed/customers", "predictions/as_of=2026-03-01"}


@pytest.fixture(scope="module", params=["x_series", pytest.param("r_series", marks=pytest.mark.full)])
def shop(
    request: pytest.FixtureRequest, bigquery_client: Any, shared_dataset: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KnownShop]:
    with known_shop(request.param, tmp_path_factory.mktemp("forget"), bigquery_client, shared_dataset) as shop:
        shop.meet(*range(FORGOTTEN, SWEPT + 1))
        yield shop
    empty(bigquery_client, shared_dataset)


def requests_left(shop: KnownShop) -> list[str]:
    return storage_hook(Settings.from_environment()).list(shop.bucket, prefix=CASES) or []


def lines_of(shop: KnownShop, sale: dict[str, Any]) -> list[str]:
    key = "x_sale_id" if shop.series == "x_series" else "sale_id"
    return [row for row in shop.shop.rows("sales") if f'"sale_id":"{sale[key]}"' in row]


def test_a_dry_run_finds_the_customer_everywhere_and_changes_nothing(shop: KnownShop):
    effects = SideEffects()
    with pytest.MonkeyPatch.context() as patch:
        effects.install(patch)
        found = shop.forget(STAYS, dry_run=True)
    assert effects.seen == []
    assert {line.split()[1].rstrip(":") for line in found} >= TABLES | FOLDERS


def test_a_forgotten_customer_is_nowhere_and_does_not_come_back(shop: KnownShop):
    totals, other = shop.totals(), shop.search(STAYS)
    shop.forget(FORGOTTEN)
    assert shop.totals() == totals
    assert shop.search(STAYS) == other
    proof = shop.proof()
    assert {
        name for (phase, name), found in proof.items() if phase == "before" and found
    } >= TABLES | FOLDERS | REJECTED
    after = {name: found for (phase, name), found in proof.items() if phase == "after"}
    assert after.keys() >= TABLES | FOLDERS
    assert set(after.values()) == {0}
    assert requests_left(shop) == []
    # Lightspeed still has them, and they buy once more.
    shop.touch(FORGOTTEN, "second")
    sale = shop.shop.act("sales", lines=LINES, customer_id=FORGOTTEN)
    shop.ingest()
    assert ['"customer_id":null' in line for line in lines_of(shop, sale)] == [True, True]
    assert shop.search(FORGOTTEN) == []
    before = shop.shop.everything()
    for table in ("sales", "customers", "rejected_records"):
        shop.shop.run(f"DELETE FROM @@{table} WHERE TRUE")
    shop.shop.replay(WHOLE)
    assert shop.shop.everything() == before
    assert shop.search(FORGOTTEN) == []


@pytest.mark.full
def test_a_batch_that_was_under_way_brings_nobody_back(shop: KnownShop, monkeypatch: pytest.MonkeyPatch):
    """It is extracted and loaded before, and committed after its customer is marked; nothing has been cleared yet."""
    shop.touch(UNDER_WAY, "second")
    sale = shop.shop.act("sales", lines=LINES, customer_id=UNDER_WAY)
    shop.shop.checked = None
    batches = shop.shop.extract()
    customer = shop.id_of(UNDER_WAY)
    tasks.find(shop.series, customer, "customer_request", False)
    with monkeypatch.context() as patch:
        patch.setattr(tasks._Work, "clear", lambda *_: None)
        tasks.forget(shop.series, customer)
    shop.shop.finish(batches)
    assert ['"customer_id":null' in line for line in lines_of(shop, sale)] == [True, True]
    batch = f'"batch_id":"{batches[0]["batch_id"]}"'
    brought = [row for row in shop.shop.rows("customers") if batch in row]
    assert not any(f'"customer_id":"{customer}"' in row for row in brought)
    tasks.forget(shop.series, customer)
    tasks.prove(shop.series, customer)
    assert shop.search(UNDER_WAY) == []


def test_a_killed_run_is_finished_by_the_next_one(shop: KnownShop):
    """Each process gets SIGKILL before a later side effect; what was there before is told by the first of them."""
    totals, other = shop.totals(), shop.search(STAYS)
    for number in (3, 14):
        assert killed_before(number, lambda: shop.forget(KILLED))
        assert shop.totals() == totals
    shop.forget(KILLED)
    assert shop.search(KILLED) == []
    assert shop.search(STAYS) == other
    assert all(shop.proof()["before", table] for table in TABLES)
    assert requests_left(shop) == []


@pytest.mark.full
def test_a_run_that_is_killed_between_any_two_side_effects_is_finished_by_the_next_one(shop: KnownShop):
    totals, other, number = shop.totals(), shop.search(STAYS), 0
    while killed_before(number, lambda: shop.forget(ALWAYS_KILLED)):
        assert shop.totals() == totals
        number += 1
    assert number > 20
    assert shop.search(ALWAYS_KILLED) == []
    assert shop.search(STAYS) == other
    assert requests_left(shop) == []


@pytest.mark.full
def test_a_customer_whom_lightspeed_has_anonymised_is_found_and_old_addresses_are_searched_for(shop: KnownShop):
    shop.shop.act(f"customers/{ANONYMISED}", first_name="Customer", last_name="[70]", emails=[], is_archived=True)
    shop.ingest()
    customer = {"source": shop.series, "customer_id": shop.id_of(ANONYMISED)}
    assert customer in tasks.anonymised()
    assert shop.id_of(ANONYMISED) not in tasks.run_name(**customer)
    shop.forget(ANONYMISED)
    assert customer not in tasks.anonymised()
    assert shop.search(ANONYMISED) == []


@pytest.mark.full
def test_a_retraining_makes_no_profile_of_a_forgotten_customer(shop: KnownShop):
    shop.forget(RETRAINED)
    as_of = utc_now().date() + dt.timedelta(days=1)
    models.build_features(as_of)
    version = models.train(as_of)
    models.publish(as_of, [models.score(as_of, version, buckets) for buckets in models.shards(as_of)])
    profiles = [row for row in shop.shop.rows("customer_profiles_v1") if f'"as_of":"{as_of}"' in row]
    assert any(f'"customer_id":"{shop.id_of(STAYS)}"' in row for row in profiles)
    assert shop.search(RETRAINED) == []


@pytest.mark.full
def test_the_sweep_takes_out_what_a_run_that_was_under_way_has_written(shop: KnownShop):
    since = utc_now()
    shop.forget(SWEPT)
    for table in ("customer_features", "customer_predictions", "mail_of_later"):
        shop.derive(SWEPT, table)
    shop.score(shop.id_of(SWEPT))
    assert len(shop.search(SWEPT)) == 4
    assert tasks.sweep(since) == 1
    assert shop.search(SWEPT) == []
