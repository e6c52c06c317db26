"""A profile shows four sources; one that is off is not connected, and the others and the predictions stand."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator

import pytest

from include.models import gates, identities, pipeline
from include.models.queries import Dataset
from include.models.sources import ALL, Sources
from tests.datasets import empty
from tests.sql.customer_sales import Line, load
from tests.sql.engagement import customer, insert, letter, reaction, view

pytestmark = pytest.mark.services

AS_OF = dt.date(2024, 3, 1)
SALES = [Line("ann", "2024-02-01T09:00"), Line("cat", "2024-02-02T09:00")]
EVENTS = {
    "customers": [customer("ann", "ann@example.com", instagram="ann"), customer("cat")],
    "email_events": [
        letter("ann@example.com", "2024-02-01T19:30:00"),
        letter("ann@example.com", "2024-02-02T08:00:00", "to_customer"),
        letter("ann@example.com", "2024-03-01T07:00:00"),
    ],
    "content_events": [
        view("phone", "2024-02-10T10:00:00", "ann", "wine", 30.0),
        view("phone", "2024-02-11T10:00:00", None, "garden", 10.0),
        view("phone", "2024-03-01T10:00:00", "ann", "later", 99.0),
    ],
    "social_events": [reaction("ann", "2024-02-12T10:00:00"), reaction("ann", "2024-03-01T00:00:00", "message")],
}
STATUSES = ("email_status", "content_status", "social_status")


class Shop:
    """Two customers with events, and predictions that wait to be published."""

    def __init__(self, client, dataset: str) -> None:
        self.data = Dataset(client, dataset)
        load(client, dataset, SALES)
        insert(client, dataset, EVENTS)
        identities.match(self.data)

    def publish(self, sources: Sources) -> dict[str, dict]:
        name, client = self.data.name, self.data.client
        pipeline.build_features(self.data, f"{name}.customer_features", [AS_OF], pipeline.BUCKETS, sources)
        client.query_and_wait(
            f"CREATE OR REPLACE TABLE `{name}.staged` AS SELECT * FROM `{name}.customer_predictions` LIMIT 0"
        )
        client.query_and_wait(
            f"INSERT INTO `{name}.staged` (customer_id, as_of, model_version, horizon_days, churn_probability,"
            " days_to_next, days_to_next_low, days_to_next_high, next_purchase_date, method) SELECT customer_id,"
            f" DATE '{AS_OF}', 'v', 30, 0.2, 5.0, 1.0, 9.0, DATE '2024-03-06', 'trained' FROM UNNEST(['ann', 'cat'])"
            " AS customer_id"
        )
        gates.publish(self.data, f"{name}.staged", AS_OF, sources, "")
        return {
            row["customer_id"]: dict(row) for row in client.query_and_wait(f"SELECT * FROM `{name}.customer_profiles`")
        }


@pytest.fixture(scope="module")
def shop(bigquery_client, shared_dataset) -> Iterator[Shop]:
    yield Shop(bigquery_client, shared_dataset)
    empty(bigquery_client, shared_dataset)


@pytest.fixture(scope="module")
def profiles(shop: Shop) -> dict[str, dict]:
    return shop.publish(ALL)


def test_a_profile_shows_all_four_sources_as_of_its_day(profiles):
    ann = profiles["ann"]
    assert [ann[name] for name in STATUSES] == ["connected"] * 3
    assert ann["purchases"] == 1
    assert (ann["email_received_90"], ann["email_sent_90"], ann["email_days_since_last"]) == (1, 1, 28)
    assert (ann["content_visits_90"], ann["content_seconds_90"], ann["content_days_since_last"]) == (2, 40.0, 19)
    assert (ann["social_interactions_90"], ann["social_comments_90"], ann["social_messages_90"]) == (1, 1, 0)
    shares = [(each["category"], each["share"]) for each in ann["content_categories"]]
    assert (shares, ann["email_hour"]) == ([("wine", 0.75), ("garden", 0.25)], 19)


def test_a_source_that_knows_nothing_of_a_customer_shows_no_zero(profiles):
    cat = profiles["cat"]
    known = {name for name, value in cat.items() if value and name.startswith(("email_", "content_", "social_"))}
    assert known == set(STATUSES)
    assert [cat[name] for name in STATUSES] == ["no_match"] * 3
    assert [cat[name] for name in ("email_received_90", "content_visits_90", "social_comments_90")] == [None] * 3


@pytest.mark.parametrize("off", ["email", "content", "social"])
def test_a_source_that_is_off_is_not_connected_and_the_others_and_the_predictions_stand(shop: Shop, profiles, off: str):
    expected = {
        name: value if not name.startswith(f"{off}_") else [] if isinstance(value, list) else None
        for name, value in profiles["ann"].items()
    }
    ann = shop.publish(dataclasses.replace(ALL, **{off: False}))["ann"]
    assert ann == expected | {f"{off}_status": "not_connected"}
    assert (ann["churn_risk"], ann["next_purchase_date"], ann["purchases"]) == (0.2, dt.date(2024, 3, 6), 1)
