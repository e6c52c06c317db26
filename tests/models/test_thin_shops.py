"""Any history gets an answer for every customer: numbers without NaN, never a crash."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from include.models.predict import PROFILE_COLUMNS, predict
from tests.models.shops import FIRST_DAY, regulars, sales, write

pytestmark = pytest.mark.services


def shop(name: str) -> tuple[pd.DataFrame, int, int]:
    """Sales, day of as_of since `FIRST_DAY`, horizon."""
    rng = np.random.default_rng(0)
    return {
        "one sale": (sales([1], [3.0]), 10, 30),
        "one customer": (sales([1] * 40, list(range(0, 160, 4))), 160, 30),
        "thirty customers of one day": (sales(list(range(30)), [5.5] * 30), 200, 30),
        "nobody comes back": (sales(list(range(150)), rng.uniform(0, 300, 150).tolist()), 300, 30),
        "three weeks": (regulars(60, 22), 22, 180),
        "three months, half a year ahead": (regulars(80, 90), 90, 180),
        "one day ahead": (regulars(60, 120), 120, 1),
        "closed for two years": (regulars(60, 120), 850, 90),
        "only returns": (sales([1, 2, 3], [1.0, 2.0, 3.0]).assign(quantity=-1), 50, 30),
    }[name]


@pytest.mark.parametrize(
    "name",
    [
        "one sale", "one customer", "thirty customers of one day", "nobody comes back", "three weeks",
        "three months, half a year ahead", "one day ahead", "closed for two years", "only returns",
    ],
)  # fmt: skip
def test_every_customer_gets_numbers(arrow_client, tmp_path, name):
    history, day, horizon = shop(name)
    as_of = FIRST_DAY + dt.timedelta(days=day)
    result = predict(arrow_client, write(history, tmp_path), as_of, horizon, print)
    profiles = result.profiles.to_pandas()
    assert tuple(profiles.columns) == PROFILE_COLUMNS
    seen = history[history.timestamp < pd.Timestamp(as_of)]
    assert set(profiles.customer_id) == set(seen.customer_id)
    assert profiles.churn_probability.between(0, 1).all()
    assert np.isfinite(profiles[["days_to_next", "days_to_next_low", "days_to_next_high"]]).all().all()
    assert (profiles.days_to_next_low <= profiles.days_to_next).all()
    assert (profiles.days_to_next <= profiles.days_to_next_high).all()
    assert (pd.to_datetime(profiles.next_purchase_date) >= pd.Timestamp(as_of)).all()


def test_ids_keep_their_types_and_a_constant_product_is_everybodys_likely_product(arrow_client, tmp_path):
    history = regulars(40, 100).assign(product_id=5, price=None)
    history["customer_id"] = history.customer_id.str[1:].astype("int64")
    as_of = FIRST_DAY + dt.timedelta(days=100)
    profiles = predict(arrow_client, write(history, tmp_path), as_of, 30, print).profiles.to_pandas()
    assert profiles.customer_id.dtype == "int64"
    assert all(list(products) == [5] for products in profiles.likely_products)


def test_the_same_file_gives_the_same_bytes_whatever_happens_after_as_of(arrow_client, tmp_path):
    history = regulars(150, 200)
    as_of = FIRST_DAY + dt.timedelta(days=170)
    past = history[history.timestamp < pd.Timestamp(as_of)]
    first = predict(arrow_client, write(history, tmp_path), as_of, 30, print)
    second = predict(arrow_client, write(past, tmp_path), as_of, 30, print)
    assert first.model_version == second.model_version
    assert first.profiles.equals(second.profiles)
    assert first.models.trained is not None
    assert first.models.trained.churn.booster is not None
