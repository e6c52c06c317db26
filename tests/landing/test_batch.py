from __future__ import annotations

import dataclasses
import datetime as dt
import json

from include.landing.batch import BEGINNING, EPOCH, Batch, Position, batch_id, object_prefix

AFTER = Position(number=6, cursor='{"version":9}', reached_end=True, since=EPOCH)


def make_batch(**changes) -> Batch:
    batch = Batch(
        batch_id="sales_00000001_0123abcd",
        stream="sales",
        source="x_series",
        batch_number=1,
        ledger_since=EPOCH.isoformat(),
        mode="backfill",
        reached_end=True,
        cursor_from=None,
        cursor_to='{"version":7}',
        raw_uris=["gs://landing/raw-00000.jsonl.gz"],
        row_uris=[],
        header_uris=[],
        rejected_uris=[],
        pages=1,
        records=1,
        rows_loaded=1,
        rejected=0,
        extract_started_at="2026-01-02T03:04:05+00:00",
        extract_ended_at="2026-01-02T03:04:06+00:00",
        dag_run_id="run",
    )
    return dataclasses.replace(batch, **changes)


def test_a_batch_survives_the_journey_through_xcom():
    batch = make_batch()
    assert Batch.from_xcom(json.loads(json.dumps(batch.to_xcom()))) == batch


def test_the_same_attempt_after_the_same_position_names_the_same_batch():
    assert batch_id("sales", "x_series", AFTER, "run-1/1") == batch_id("sales", "x_series", AFTER, "run-1/1")
    assert batch_id("sales", "x_series", AFTER, "run-1/1").startswith("sales_00000007_")


def test_another_attempt_run_position_or_stream_names_another_batch():
    names = {
        batch_id("sales", "x_series", AFTER, "run-1/1"),
        batch_id("sales", "x_series", AFTER, "run-1/2"),
        batch_id("sales", "x_series", AFTER, "run-2/1"),
        batch_id("sales", "r_series", AFTER, "run-1/1"),
        batch_id("customers", "x_series", AFTER, "run-1/1"),
        batch_id("sales", "x_series", BEGINNING, "run-1/1"),
    }
    assert len(names) == 6


def test_a_second_extract_of_a_batch_gives_its_jobs_other_names():
    assert make_batch().digest() != make_batch(extract_ended_at="2026-01-02T03:09:00+00:00").digest()


def test_staging_tables_are_named_after_the_batch():
    assert make_batch().staging_table("p.d", "rows") == "p.d.staging_sales_00000001_0123abcd_rows"


def test_objects_lie_under_stream_day_and_batch():
    assert object_prefix("sales", "b", dt.date(2026, 1, 2)) == "lightspeed/sales/dt=2026-01-02/batch=b"
