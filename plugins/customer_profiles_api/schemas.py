"""The JSON of a profile. Fields are named like the columns of the BigQuery view: API and BI speak alike."""

import datetime as dt
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field, PlainSerializer, WithJsonSchema

from .schemas_channels import Content, ContentShare, Email, Social

CUSTOMER_ID_PATTERN = "^[A-Za-z0-9_-]{1,64}$"
"""Lightspeed's ids: whole numbers (R-Series) or UUIDs (X-Series)."""

CENT = Decimal("0.01")
_NUMERIC = Context(prec=38, rounding=ROUND_HALF_EVEN)
"""As many digits as BigQuery's NUMERIC has; Python's own default of 28 is too few for its largest values."""
_MONEY_PATTERN = r"^-?\d+\.\d{2}$"


def _two_decimals(amount: Decimal) -> str:
    return format(amount.quantize(CENT, context=_NUMERIC), "f")


Money = Annotated[
    Decimal,
    PlainSerializer(_two_decimals, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _MONEY_PATTERN}, mode="serialization"),
]
"""Money of the shop's currency as a decimal string with two decimals, so that no reader rounds it."""

ChurnRiskBand = Literal["low", "medium", "high"]

Share = Annotated[float, Field(ge=0, le=1)]


class CategoryShare(BaseModel):
    """A product category and its part of the customer's spend."""

    category: str = Field(description="Category name.", examples=["Flower"])
    share: float = Field(description="Share of the customer's spend in the last 365 days, 0 to 1.", examples=[0.42])


class FavoriteProduct(BaseModel):
    """A product that the customer buys often."""

    product_id: str = Field(description="Lightspeed's product id.", examples=["1082185"])
    description: str | None = Field(description="Product name; null if unknown.", examples=["Bananas | Tropical fruit"])
    purchases: int = Field(description="Days on which the customer bought it, in the last 365 days.", examples=[17])


class Preferences(BaseModel):
    """What the customer prefers: from purchases of the 365 days before `as_of`, web content and e-mails."""

    favorite_category: str | None = Field(
        description="Category with the highest spend; null without a product table.", examples=["Flower"]
    )
    favorite_categories: list[CategoryShare] = Field(description="Up to five categories by spend, highest first.")
    favorite_products: list[FavoriteProduct] = Field(description="Up to five products by days bought, most first.")
    preferred_payment_method: str | None = Field(
        description="Tender used on most purchase days; null if none is known.", examples=["Credit Card"]
    )
    preferred_weekday: str | None = Field(
        description="Weekday (UTC, English name) with most purchase days.", examples=["Saturday"]
    )
    preferred_hour: int | None = Field(
        description="Hour of the day (UTC, 0 to 23) with most purchase days.", examples=[17]
    )
    content_categories: list[ContentShare] = Field(
        description="Up to five categories of the web site's content by engagement time in the last 90 days, highest"
        " first; empty where none is known."
    )
    email_hour: int | None = Field(
        description="Hour of the day (UTC, 0 to 23) in which the customer wrote most e-mails of the last 365 days; null"
        " without one.",
        examples=[19],
    )


class Purchases(BaseModel):
    """Purchase behaviour up to `as_of`. A purchase is a day with a completed sale; returns are none."""

    first_purchase_at: dt.datetime | None = Field(
        description="Completion of the first purchase, UTC.", examples=["2026-01-08T17:20:00Z"]
    )
    last_purchase_at: dt.datetime | None = Field(
        description="Completion of the latest purchase, UTC.", examples=["2026-11-21T18:05:00Z"]
    )
    days_since_last_purchase: int | None = Field(
        description="Days from the day of the latest purchase to as_of; 1 is the day before.", examples=[3]
    )
    purchases: int | None = Field(
        description="Days with a purchase; several sales on one day count once.", examples=[48]
    )
    purchases_last_90_days: int | None = Field(
        description="Days with a purchase in the 90 days before as_of.", examples=[13]
    )
    total_spent: Money | None = Field(
        description="Money spent after discounts and before tax, returns subtracted; shop's currency.",
        examples=["1840.25"],
    )
    spent_last_90_days: Money | None = Field(description="The same in the 90 days before as_of.", examples=["512.40"])
    average_purchase_value: Money | None = Field(
        description="Money spent (returns not subtracted) per purchase day; shop's currency.",
        examples=["38.91"],
    )
    median_days_between_purchases: float | None = Field(
        description="Median gap between purchase days, in days; null below two purchase days.", examples=[6.0]
    )
    distinct_products: int | None = Field(description="Different products bought.", examples=[211])
    return_rate: float | None = Field(description="Returned lines over all lines, 0 to 1.", examples=[0.01])


Segment = Literal["champion", "loyal", "promising", "cannot_lose", "at_risk", "hibernating", "lost"]

Fifth = Annotated[int, Field(ge=1, le=5)]


class Rfm(BaseModel):
    """Where the customer stands among the shop's customers, in fifths: 5 is the best."""

    rfm_recency: Fifth | None = Field(
        description="Fifth by latest purchase day, 5 the latest; null without a purchase.", examples=[5]
    )
    rfm_frequency: Fifth | None = Field(description="Fifth by purchase days, 5 the most.", examples=[4])
    rfm_money: Fifth | None = Field(description="Fifth by money spent, 5 the most.", examples=[4])
    rfm_segment: Segment | None = Field(
        description="The three in a word: champion, loyal, promising, cannot_lose, at_risk, hibernating or lost.",
        examples=["champion"],
    )


class Behavior(BaseModel):
    """What the customer does, a field a channel."""

    purchases: Purchases = Field(description="Purchases in the shop, from Lightspeed.")
    rfm: Rfm = Field(description="Recency, frequency and money beside the shop's other customers.")
    email: Email = Field(description="E-mails to and from the customer.")
    content: Content = Field(description="Engagement with the shop's web content.")
    social: Social = Field(description="Activity on social networks.")


class DateInterval(BaseModel):
    """An interval that covers the true date with the probability `coverage`."""

    earliest: dt.date = Field(description="First day of the interval, UTC.", examples=["2026-11-25"])
    latest: dt.date | None = Field(
        description="Last day of the interval, UTC; null if it lies beyond the models' horizon.",
        examples=["2026-12-04"],
    )
    coverage: float = Field(description="Probability that the interval covers the date.", examples=[0.8])


class MoneyInterval(BaseModel):
    """An interval that covers the true amount with the probability `coverage`."""

    low: Money = Field(description="Lower end; shop's currency.", examples=["890.00"])
    high: Money = Field(description="Upper end; shop's currency.", examples=["2710.00"])
    coverage: float = Field(description="Probability that the interval covers the amount.", examples=[0.8])


class LikelyProduct(BaseModel):
    """A product that may be in the next basket."""

    product_id: str = Field(description="Lightspeed's product id.", examples=["1082185"])
    description: str | None = Field(description="Product name; null if unknown.", examples=["Bananas | Tropical fruit"])
    score: float = Field(
        description="Relative to the customer's best candidate, 0 to 1; it orders, it is no probability.",
        examples=[0.93],
    )
    reason: str | None = Field(
        description="Why the product is listed, e.g. bought_before, bought_together, new_in_category or popular.",
        examples=["bought_before"],
    )


class Predictions(BaseModel):
    """What the models expect. A prediction without enough data is null, with its reason beside it."""

    next_purchase_date: dt.date | None = Field(
        description="Median of the predicted next purchase day, UTC.", examples=["2026-11-28"]
    )
    next_purchase_date_interval: DateInterval | None = Field(
        description="80 % prediction interval of the next purchase day; null without a prediction."
    )
    next_purchase_date_reason: str | None = Field(
        description="Why next_purchase_date is null; null otherwise.", examples=[None]
    )
    likely_products: list[LikelyProduct] = Field(
        description="Up to ten products likely to be in the next basket, best first."
    )
    likely_products_reason: str | None = Field(
        description="Why likely_products is empty; null otherwise.", examples=[None]
    )
    churn_risk: Share | None = Field(
        description="Probability of no purchase in the churn_horizon_days days from as_of, 0 to 1.",
        examples=[0.07],
    )
    churn_risk_band: ChurnRiskBand | None = Field(
        description="low below 0.33, medium below 0.66, else high; null without churn_risk.",
        examples=["low"],
    )
    churn_risk_reason: str | None = Field(description="Why churn_risk is null; null otherwise.", examples=[None])
    churn_horizon_days: int | None = Field(description="Days that churn_risk looks ahead.", examples=[90])
    churn_drivers: list[str] = Field(
        description="Up to three facts with the greatest effect on churn_risk, in words, the greatest first.",
        examples=[["3 days since the latest purchase (lowers the risk)"]],
    )
    expected_spend_365: Money | None = Field(
        description="Expected spend in the 365 days from as_of, returns not subtracted; shop's currency.",
        examples=["1712.40"],
    )
    expected_spend_365_interval: MoneyInterval | None = Field(
        description="80 % prediction interval of expected_spend_365; null without it."
    )
    expected_spend_365_reason: str | None = Field(
        description="Why expected_spend_365 is null; null otherwise.", examples=[None]
    )


class CustomerProfile(BaseModel):
    """One customer: preferences, behaviour and predictions, as of one day."""

    id: str = Field(description="Lightspeed's customer id.", examples=["1042"])
    preferences: Preferences = Field(description="What the customer prefers.")
    behavior: Behavior = Field(description="What the customer does in the shop and in the other channels.")
    predictions: Predictions = Field(description="What the models expect the customer to do.")
    as_of: dt.date = Field(
        description="The profile knows the sales before 00:00 UTC of this day and none after.",
        examples=["2026-11-24"],
    )
    model_version: str = Field(
        description="The models behind the predictions: key of the table model_runs.",
        examples=["2026-11-24T02:00:00Z"],
    )
    sales_watermark: dt.datetime | None = Field(
        description="Completion of the newest sale that the profile knows, UTC.",
        examples=["2026-11-23T22:58:31Z"],
    )
