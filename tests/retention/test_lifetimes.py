"""Everything that is kept has a stated lifetime."""

from __future__ import annotations

import datetime as dt

import pytest

from deploy import schemas
from include.forgetting.objects import CASES
from include.replay.parts import FOLDER
from include.retention.lifetimes import BUSINESS_DAYS, OBJECTS, PROFILE_DAYS, SHORT_LIVED, TABLES
from include.retention.tasks import is_over

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
SCHEMAS = schemas.tables()


def test_every_table_has_a_lifetime():
    assert SCHEMAS.keys() <= TABLES.keys()


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_lifetime_counts_from_the_column_that_the_table_is_partitioned_by(name):
    kept, table = TABLES[name], SCHEMAS[name]
    if kept.days is None:
        assert kept.reason
        return
    types = {field["name"]: field["type"] for field in table["schema"]}
    assert kept.column == table["partition"]
    assert types[kept.column] == ("DATE" if kept.is_date else "TIMESTAMP")


def test_records_and_predictions_do_not_outlive_their_purpose():
    assert TABLES["rejected_records"].days == 90
    assert TABLES["customer_predictions"].days == TABLES["customer_profiles_v1"].days == PROFILE_DAYS
    assert TABLES["sales"].days == OBJECTS["lightspeed/"] == BUSINESS_DAYS


def test_every_folder_that_is_written_has_a_lifetime():
    assert {CASES, f"{FOLDER}/"} <= OBJECTS.keys()
    assert all(age <= dt.timedelta(days=3) for age in SHORT_LIVED.values())


@pytest.mark.parametrize(
    ("name", "updated", "over"),
    [
        ("predictions/as_of=2026-11-16/v/b.parquet", NOW, True),
        ("predictions/as_of=2026-11-17/v/b.parquet", None, False),
        ("replay/replay_1/p/part.json", NOW - dt.timedelta(days=8), True),
        ("replay/replay_1/p/part.json", NOW - dt.timedelta(days=7), False),
        ("replay/replay_1/p/part.json", None, False),
    ],
)
def test_an_objects_days_count_from_its_name_so_that_rewriting_does_not_prolong_them(name, updated, over):
    assert is_over(name, updated, NOW, 7) is over
