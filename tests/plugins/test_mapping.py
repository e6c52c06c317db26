"""A row becomes a profile; what does not fit the published schema is refused, never served."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from plugins.customer_profiles_api.mapping import profile_from_row
from tests.plugins.rows import FULL_ROW, THIN_ROW


def served(row: dict) -> dict:
    return profile_from_row(row).model_dump(mode="json")


def test_every_column_of_the_row_is_in_the_profile():
    profile = served(FULL_ROW)
    flat = profile | profile["preferences"] | profile["behavior"]["purchases"] | profile["predictions"]
    interval = profile["predictions"]["next_purchase_date_interval"]
    flat |= {"customer_id": profile["id"], **profile["behavior"]["rfm"]}
    for channel in ("email", "content", "social"):
        flat |= {f"{channel}_{name}": value for name, value in profile["behavior"][channel].items()}
    flat |= {f"churn_driver_{place}": None for place, _ in enumerate([*flat["churn_drivers"], "none"], 1)}
    flat |= {f"expected_spend_365_{end}": flat["expected_spend_365_interval"][end] for end in ("low", "high")}
    flat |= {f"next_purchase_date_{end}": interval[end] for end in ("earliest", "latest")}
    assert FULL_ROW.keys() <= flat.keys()


def test_drivers_that_are_null_are_left_out():
    assert served(FULL_ROW)["predictions"]["churn_drivers"] == [FULL_ROW["churn_driver_1"], FULL_ROW["churn_driver_2"]]
    assert served(THIN_ROW)["predictions"]["churn_drivers"] == []


def test_an_array_that_is_null_is_an_empty_list():
    profile = served(THIN_ROW | {"favorite_categories": None, "favorite_products": None, "likely_products": None})
    assert profile["preferences"]["favorite_categories"] == []
    assert profile["preferences"]["favorite_products"] == []
    assert profile["predictions"]["likely_products"] == []


@given(st.decimals(min_value=-(10**29), max_value=10**29, places=2))
def test_no_cent_is_lost_between_the_warehouse_and_the_caller(amount: Decimal):
    text = served(FULL_ROW | {"total_spent": amount})["behavior"]["purchases"]["total_spent"]
    assert Decimal(text) == amount


def test_a_time_of_another_zone_is_the_same_instant():
    moment = dt.datetime(2026, 11, 23, 23, 58, 31, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    text = served(FULL_ROW | {"sales_watermark": moment})["sales_watermark"]
    assert dt.datetime.fromisoformat(text) == moment


@pytest.mark.parametrize(
    ("column", "value"),
    [("churn_risk", 1.5), ("churn_risk_band", "extreme"), ("customer_id", None), ("as_of", None)],
)
def test_a_value_outside_the_published_schema_is_refused(column: str, value: object):
    with pytest.raises(ValidationError):
        profile_from_row(FULL_ROW | {column: value})
