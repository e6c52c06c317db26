"""The JSON of answers beside a single profile: batches, lists, models, freshness, health."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from .schemas import CUSTOMER_ID_PATTERN, CustomerProfile

LARGEST_BATCH, LARGEST_PAGE, DEFAULT_PAGE = 1000, 500, 100

CustomerIdText = Annotated[str, Field(pattern=CUSTOMER_ID_PATTERN)]


class BatchRequest(BaseModel):
    """The customers whose profiles are asked for."""

    model_config = ConfigDict(extra="forbid", strict=True)

    customer_ids: list[CustomerIdText] = Field(
        description="Lightspeed's customer ids: 1 to 1,000; one named twice counts once.",
        min_length=1,
        max_length=LARGEST_BATCH,
        examples=[["1042", "77"]],
    )


class BatchResponse(BaseModel):
    """What is known of the customers asked for: each id is in exactly one of the three lists."""

    profiles: list[CustomerProfile] = Field(description="Profiles, in the order of the request.")
    unknown: list[str] = Field(description="Ids of customers without a profile.", examples=[["77"]])
    forgotten: list[str] = Field(description="Ids of customers who asked to be forgotten.", examples=[["78"]])


class CustomerPage(BaseModel):
    """One page of a list of customers, those who spent most first."""

    profiles: list[CustomerProfile] = Field(description="Profiles that pass every filter.")
    next_cursor: str | None = Field(
        description="Send it as cursor, with the same filters, for the next page; null on the last one.",
        examples=["WyIxODQwLjI1IiwgIjEwNDIiLCAiZTNiMGM0NDI5OGZjMWMxNCJd"],
    )


class Figure(BaseModel):
    """One figure of a backtest inside the shop's history."""

    prediction: str = Field(description="churn, next_purchase or likely_products.", examples=["churn"])
    model: str = Field(description="The model or baseline that was measured.", examples=["boosting"])
    metric: str = Field(
        description="Name of the figure; a unit is part of the name, e.g. restricted_mae_days.", examples=["auc"]
    )
    value: float | None = Field(
        description="Its value, in the unit of its name; null if it is not defined for the shop's history.",
        examples=[0.81],
    )


class ModelReport(BaseModel):
    """The models behind the newest profiles: what they learned from, and how good they were."""

    model_version: str = Field(
        description="Key of the table model_runs; profiles carry it.", examples=["2026-11-24-5f3a9c21"]
    )
    as_of: dt.date = Field(
        description="The models know the sales before 00:00 UTC of this day and none after.", examples=["2026-11-24"]
    )
    trained_at: dt.datetime = Field(description="When the training ended, UTC.", examples=["2026-11-24T02:14:09Z"])
    horizon_days: int = Field(description="Days that the churn model looks ahead.", examples=[90])
    training_rows: int = Field(description="Customer snapshots that the models learned from.", examples=[48210])
    training_customers: int = Field(description="Customers among them.", examples=[2499])
    first_snapshot: dt.date | None = Field(
        description="Oldest training snapshot; null if there was none.", examples=["2026-01-05"]
    )
    last_snapshot: dt.date | None = Field(
        description="Newest training snapshot; null if there was none.", examples=["2026-08-24"]
    )
    churn_model: str = Field(
        description="The churn model that serves: weights of its parts.", examples=["0.7 boosting + 0.3 logistic"]
    )
    next_purchase_model: str = Field(
        description="The next purchase model that serves: weights of its parts.", examples=["1.0 survival"]
    )
    likely_products_model: str = Field(description="The product ranking that serves.", examples=["ranker"])
    figures: list[Figure] = Field(
        description="Figures of the backtest inside the history, of the models that serve and of the challengers."
    )


class Freshness(BaseModel):
    """How soon a sale is queryable, and what the profiles know."""

    promised_seconds: int = Field(
        description="Seconds from a sale's completion within which it is queryable.", examples=[60]
    )
    day: dt.date = Field(description="The day (UTC) of the figures below.", examples=["2026-11-24"])
    sales_today: int = Field(description="Sales of the day that have arrived and are measured.", examples=[412])
    p50_seconds: float | None = Field(
        description="Median seconds from completion to queryable; null without a sale.", examples=[6.2]
    )
    p95_seconds: float | None = Field(description="95th percentile of the same, seconds.", examples=[11.9])
    p99_seconds: float | None = Field(description="99th percentile of the same, seconds.", examples=[17.5])
    max_seconds: float | None = Field(description="Seconds of the day's slowest sale.", examples=[24.0])
    last_batch_at: dt.datetime | None = Field(
        description="When the newest batch became queryable, UTC; null without one in 35 days.",
        examples=["2026-11-24T17:42:10Z"],
    )
    profiles: int = Field(description="Customers with a profile.", examples=[2499])
    profiles_as_of: dt.date | None = Field(
        description="Day of the newest profiles; null before the first.", examples=["2026-11-24"]
    )
    profiles_sales_watermark: dt.datetime | None = Field(
        description="Completion of the newest sale that the profiles know, UTC.", examples=["2026-11-23T22:58:31Z"]
    )


class Health(BaseModel):
    """The API can serve profiles: BigQuery has just answered."""

    status: Literal["ok"] = Field(description="Always ok: anything else is a 503.", examples=["ok"])
    cached_profiles: int = Field(description="Profiles that this process keeps in memory.", examples=[318])
    profile_version: str = Field(
        description="Changes when profiles are published or a customer is forgotten; emptied memory follows it.",
        examples=["2026-11-24 2026-11-24-5f3a9c21 2026-11-23 22:58:31+00 2499 0"],
    )
