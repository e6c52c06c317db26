"""From a row of the view `customer_profiles` to the JSON of a profile. Pure: no clock, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_origin

from pydantic import BaseModel

from .schemas import (
    Behavior,
    CustomerProfile,
    DateInterval,
    MoneyInterval,
    Predictions,
    Preferences,
    Purchases,
    Rfm,
)
from .schemas_channels import Content, Email, Social

INTERVAL_COVERAGE = 0.8
"""Coverage of the view's intervals, fixed by their definition."""

_COMPOSED = {"next_purchase_date_interval", "churn_drivers", "expected_spend_365_interval"}
"""Fields of `Predictions` that several columns make."""


def profile_from_row(row: Mapping[str, Any]) -> CustomerProfile:
    """The profile in the API's shape.

    Args:
        row: column name -> value as google-cloud-bigquery gives it (Decimal, date, aware datetime, list of
            dict); an array that is NULL counts as empty.

    Raises:
        pydantic.ValidationError: a value does not fit the published schema.
    """
    return CustomerProfile(
        id=row["customer_id"],
        preferences=Preferences(**_columns(row, Preferences)),
        behavior=_behavior(row),
        predictions=_predictions(row),
        as_of=row["as_of"],
        model_version=row["model_version"],
        sales_watermark=row["sales_watermark"],
    )


def _behavior(row: Mapping[str, Any]) -> Behavior:
    return Behavior(
        purchases=Purchases(**_columns(row, Purchases)),
        rfm=Rfm(**_columns(row, Rfm)),
        email=Email(**_channel(row, Email, "email")),
        content=Content(**_channel(row, Content, "content")),
        social=Social(**_channel(row, Social, "social")),
    )


def _channel(row: Mapping[str, Any], model: type[BaseModel], name: str) -> dict[str, Any]:
    """The columns of a channel; a profile from before the channel was there has no status."""
    values = {field: row[f"{name}_{field}"] for field in model.model_fields}
    return values | {"status": values["status"] or "not_connected"}


def _predictions(row: Mapping[str, Any]) -> Predictions:
    drivers = [row[f"churn_driver_{place}"] for place in (1, 2, 3)]
    return Predictions(
        **_columns(row, Predictions),
        next_purchase_date_interval=_interval(row),
        churn_drivers=[driver for driver in drivers if driver is not None],
        expected_spend_365_interval=_spend_interval(row),
    )


def _spend_interval(row: Mapping[str, Any]) -> MoneyInterval | None:
    low, high = row["expected_spend_365_low"], row["expected_spend_365_high"]
    if low is None or high is None:
        return None
    return MoneyInterval(low=low, high=high, coverage=INTERVAL_COVERAGE)


def _interval(row: Mapping[str, Any]) -> DateInterval | None:
    earliest = row["next_purchase_date_earliest"]
    if earliest is None:
        return None
    return DateInterval(earliest=earliest, latest=row["next_purchase_date_latest"], coverage=INTERVAL_COVERAGE)


def _columns(row: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """The columns that `model` has a field for; an ARRAY column that is NULL becomes an empty list."""
    values = {}
    for name, field in model.model_fields.items():
        if name not in _COMPOSED:
            is_list = get_origin(field.annotation) is list
            values[name] = [] if is_list and row[name] is None else row[name]
    return values
