"""The JSON of what a customer does beside buying: field `x` of channel `email` is column `email_x` of the view."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

ChannelStatus = Annotated[
    Literal["connected", "not_connected", "no_match"],
    Field(
        description="connected; not_connected: the source is not configured, or has sent nothing to BigQuery yet;"
        " no_match: it is connected, and nothing in it is known to be this customer's. The other fields are null"
        " unless connected: unknown is never zero.",
        examples=["connected"],
    ),
]


class ContentShare(BaseModel):
    """A category of the web site's content and its part of the customer's attention."""

    category: str = Field(description="Category of the content.", examples=["recipes"])
    share: float = Field(
        description="Share of the customer's engagement time in the last 90 days, 0 to 1.", examples=[0.58]
    )


class Email(BaseModel):
    """E-mails to and from the customer; matched by address."""

    status: ChannelStatus
    days_since_last: int | None = Field(
        description="Days from the latest e-mail in either direction to as_of; null without one in 365 days.",
        examples=[12],
    )
    received_90: int | None = Field(description="E-mails from the customer in the 90 days before as_of.", examples=[2])
    sent_90: int | None = Field(description="E-mails to the customer in the 90 days before as_of.", examples=[5])
    reply_rate: float | None = Field(
        description="Share of the e-mails to the customer in the last 365 days that the customer answered, 0 to 1;"
        " null without one.",
        examples=[0.4],
    )
    reply_hours: float | None = Field(
        description="Mean hours until the customer answered, over the last 365 days; null without an answer.",
        examples=[7.5],
    )


class Content(BaseModel):
    """Engagement with the shop's web site, from the GA4 export; matched by sign-in."""

    status: ChannelStatus
    days_since_last: int | None = Field(
        description="Days from the latest visit to as_of; null without one in 365 days.", examples=[4]
    )
    visits_90: int | None = Field(
        description="Visits in the 90 days before as_of; one that passes midnight UTC counts on both days.",
        examples=[9],
    )
    page_views_90: int | None = Field(description="Pages viewed in the 90 days before as_of.", examples=[31])
    seconds_90: float | None = Field(description="Seconds of engagement in the 90 days before as_of.", examples=[842.5])


class Social(BaseModel):
    """Interactions on Instagram and Facebook; matched by the handle that the shop recorded, never by name."""

    status: ChannelStatus
    days_since_last: int | None = Field(
        description="Days from the latest interaction to as_of; null without one in 365 days.", examples=[20]
    )
    interactions_90: int | None = Field(
        description="Interactions of any type in the 90 days before as_of.", examples=[3]
    )
    comments_90: int | None = Field(description="Comments among them.", examples=[2])
    mentions_90: int | None = Field(description="Mentions of the shop among them.", examples=[0])
    messages_90: int | None = Field(description="Messages among them.", examples=[1])
    reactions_90: int | None = Field(description="Reactions among them.", examples=[0])
