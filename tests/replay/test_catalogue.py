from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from include.landing.batch import Batch
from include.landing.manifest import NAME
from include.replay.catalogue import Catalogue, read, relevant
from tests.replay.bucket import BUCKET, START, Bucket


def found(bucket: Bucket, *ledger: Batch) -> Catalogue:
    rows = [
        {"batch_id": batch.batch_id, "committed_at": dt.datetime.fromisoformat(START.format(batch.batch_number + 30))}
        for batch in ledger
    ]
    client: Any = SimpleNamespace(query_and_wait=lambda _: rows)
    return read(client, bucket, "project.shop", BUCKET)  # ty: ignore[invalid-argument-type]


def names(catalogue: Catalogue) -> list[str]:
    return [batch.batch_id for batch in catalogue.batches]


def test_without_a_ledger_the_receipts_tell_what_was_committed_and_when():
    bucket = Bucket()
    for number in (2, 1, 3):
        bucket.land(number)
    bucket.land(3, attempt="never_committed", receipt=False)
    catalogue = found(bucket)
    assert names(catalogue) == [f"customers_0000000{number}_a" for number in (1, 2, 3)]
    assert catalogue.batches[0].committed_at == dt.datetime.fromisoformat(START.format(2))
    assert catalogue.ledger_batches == 0


def test_the_ledger_is_the_truth_where_it_has_a_batch():
    bucket = Bucket()
    first, second = bucket.land(1, receipt=False), bucket.land(2, receipt=False)
    catalogue = found(bucket, first, second)
    assert names(catalogue) == [first.batch_id, second.batch_id]
    assert catalogue.batches[1].committed_at == dt.datetime.fromisoformat(START.format(32))
    assert catalogue.ledger_batches == 2


def test_a_batch_without_receipt_is_known_by_the_one_that_went_on_from_it():
    bucket = Bucket()
    bucket.land(1)
    bucket.land(2, attempt="other_end", receipt=False, cursor_to="elsewhere")
    bucket.land(2, attempt="committed", receipt=False)
    bucket.land(3)
    assert names(found(bucket)) == ["customers_00000001_a", "customers_00000002_committed", "customers_00000003_a"]


def test_the_newest_batch_without_receipt_counts_as_not_committed_and_is_read_again():
    bucket = Bucket()
    bucket.land(1)
    bucket.land(2, receipt=False)
    assert names(found(bucket)) == ["customers_00000001_a"]


def test_a_gap_that_nothing_fills_ends_the_replay():
    bucket = Bucket()
    bucket.land(1)
    bucket.land(3)
    with pytest.raises(RuntimeError, match="Batch 2 of customers"):
        found(bucket)


def test_a_batch_of_the_ledger_without_its_objects_ends_the_replay():
    bucket = Bucket()
    batch = bucket.land(1)
    bucket.forget(batch, NAME)
    with pytest.raises(RuntimeError, match=f"Batch {batch.batch_id}"):
        found(bucket, batch)


def test_an_ingestion_that_began_anew_in_an_empty_dataset_is_told_of():
    bucket = Bucket()
    bucket.land(1)
    anew = bucket.land(1, attempt="anew", receipt=False)
    with pytest.raises(RuntimeError, match="Pause lightspeed_to_bigquery"):
        found(bucket, anew)


def test_batches_of_another_dataset_in_the_same_bucket_are_left_out():
    bucket = Bucket()
    bucket.land(1)
    client: Any = SimpleNamespace(query_and_wait=lambda _: [])
    assert read(client, bucket, "project.staging", BUCKET).batches == []  # ty: ignore[invalid-argument-type]


def test_a_range_leaves_out_the_batches_that_were_over_before_it():
    bucket = Bucket()
    for number in (1, 2):
        bucket.land(number)
    batches = found(bucket).batches
    assert relevant(batches, dt.date(2026, 3, 2)) == batches
    assert relevant(batches, dt.date(2026, 3, 3)) == []
