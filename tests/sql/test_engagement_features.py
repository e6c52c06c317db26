"""Engagement features: their values by hand, unknown is never zero, and nothing later can change them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.models import identities, pipeline
from include.models.queries import Dataset
from include.models.sources import ALL, FEATURES
from tests.datasets import empty
from tests.sql.customer_sales import Line, load
from tests.sql.engagement import customer, insert, letter, reaction, view

pytestmark = pytest.mark.services

FIRST, EARLY, LATE = dt.date(2024, 1, 10), dt.date(2024, 3, 1), dt.date(2024, 3, 15)

SALES = [Line(name, "2024-01-05T09:00") for name in ("ann", "bob", "cat")]
PAST = {
    "customers": [
        customer("ann", "ann@gmail.com", instagram="ann.ig", facebook="100042"),
        customer("bob", "bob@example.com", instagram="bob.ig"),
        customer("cat"),
    ],
    "email_events": [
        letter("a.nn+shop@gmail.com", "2023-11-01T10:00:00", "to_customer"),
        letter("ann@gmail.com", "2023-11-01T12:00:00", delay=7200),
        letter("ann@googlemail.com", "2024-02-20T10:00:00", "to_customer"),
        letter("ann@gmail.com", "2024-02-25T23:59:59"),
        letter("stranger@example.com", "2024-02-26T10:00:00"),
    ],
    "content_events": [
        view("phone", "2024-01-20T10:00:00", category="wine", seconds=30.0),
        view("phone", "2024-02-10T10:00:00", user_id="ann", seconds=10.5),
        view("phone", "2024-02-10T10:01:00", seconds=19.5),
        view("laptop", "2024-02-11T23:59:00", user_id="ANN@gmail.com", category=None, seconds=5.0),
        view("shared", "2024-02-12T10:00:00", user_id="ann"),
        view("shared", "2024-02-12T10:05:00", user_id="bob"),
        view("stranger", "2024-02-13T10:00:00"),
    ],
    "social_events": [
        reaction("ANN.ig", "2024-02-01T10:00:00"),
        reaction("ann.ig", "2024-02-02T10:00:00", "message"),
        reaction("100.042", "2024-02-03T10:00:00", "reaction", "facebook"),
        reaction("ann.ig", "2024-02-03T11:00:00", "story_insight"),
        reaction("Bob", "2024-02-03T12:00:00"),
    ],
}
FUTURE = {
    "email_events": [letter("bob@example.com", "2024-03-01T00:00:00")],
    "content_events": [view("tablet", "2024-03-02T10:00:00", user_id="bob")],
    "social_events": [reaction("bob.ig", "2024-03-03T10:00:00", "mention")],
}

Rows = dict[tuple[dt.date, str], dict]


def features(client, name: str) -> Rows:
    """Engagement features at the three dates, identities and all made anew."""
    dataset, table = Dataset(client, name), f"{name}.customer_features"
    identities.match(dataset)
    pipeline.build_features(dataset, table, [FIRST, EARLY, LATE], pipeline.BUCKETS, ALL)
    rows = client.query_and_wait(f"SELECT * FROM `{table}`")
    return {
        (row["snapshot_date"], row["customer_id"]): {
            column: value for column, value in row.items() if column.startswith(FEATURES)
        }
        for row in rows
    }


@pytest.fixture(scope="module")
def shop(bigquery_client, shared_dataset) -> Iterator[str]:
    load(bigquery_client, shared_dataset, SALES)
    insert(bigquery_client, shared_dataset, PAST)
    insert(bigquery_client, shared_dataset, FUTURE)
    yield shared_dataset
    empty(bigquery_client, shared_dataset)


@pytest.fixture(scope="module")
def rows(bigquery_client, shop) -> Rows:
    return features(bigquery_client, shop)


def test_values_of_a_snapshot_by_hand(rows):
    assert rows[EARLY, "ann"] == pytest.approx(
        {
            "email_days_since_last": 5, "email_received_90": 1, "email_sent_90": 1, "email_reply_rate": 0.5,
            "email_reply_hours": 2.0,
            "content_days_since_last": 19, "content_visits_30": 2, "content_visits_90": 3, "content_page_views_90": 4,
            "content_seconds_30": 35.0, "content_seconds_90": 65.0, "content_categories_90": 2,
            "content_top_category_share": 0.5,
            "social_days_since_last": 27, "social_interactions_90": 4, "social_comments_90": 1,
            "social_mentions_90": 0, "social_messages_90": 1, "social_reactions_90": 1,
        }
    )  # fmt: skip


def test_who_could_have_been_seen_and_was_not_has_zeros(rows):
    bob = rows[EARLY, "bob"]
    assert (bob["email_received_90"], bob["email_sent_90"], bob["email_days_since_last"]) == (0, 0, None)
    assert (bob["content_visits_90"], bob["content_categories_90"], bob["content_days_since_last"]) == (0, 0, None)
    assert (bob["social_interactions_90"], bob["social_comments_90"]) == (0, 0)


def test_of_whom_no_identity_is_known_nothing_is_known(rows):
    assert set(rows[LATE, "cat"].values()) == {None}


def test_what_comes_at_the_snapshot_or_later_counts_from_the_next_snapshot_on(rows):
    assert rows[LATE, "bob"]["email_received_90"] == 1
    assert rows[LATE, "bob"]["content_visits_90"] == 1
    assert rows[LATE, "bob"]["social_mentions_90"] == 1


def test_a_source_without_any_event_yet_is_unknown(rows):
    ann = rows[FIRST, "ann"]
    assert (ann["social_interactions_90"], rows[EARLY, "ann"]["social_interactions_90"]) == (None, 4)
    assert (ann["email_received_90"], ann["email_days_since_last"]) == (1, 70)


_LATER = st.datetimes(dt.datetime.fromisoformat("2024-03-15"), dt.datetime.fromisoformat("2026-01-01")).map(
    lambda at: at.isoformat(timespec="microseconds")
)
_ADDRESS = st.sampled_from(["ann@gmail.com", "bob@example.com", "stranger@example.com"])
_USER = st.sampled_from([None, "ann", "bob", "cat", "ann@gmail.com", "somebody"])
_EVENTS = {
    "email_events": st.builds(letter, _ADDRESS, _LATER, st.sampled_from(["from_customer", "to_customer"]), st.just(60)),
    "content_events": st.builds(view, st.sampled_from(["phone", "laptop", "shared", "new"]), _LATER, user_id=_USER),
    "social_events": st.builds(reaction, st.sampled_from(["ann.ig", "bob.ig", "x"]), _LATER),
}


@settings(max_examples=3, deadline=None, derandomize=True)
@given(future=st.fixed_dictionaries({name: st.lists(event, max_size=8) for name, event in _EVENTS.items()}))
def test_events_at_or_after_a_snapshot_change_none_of_its_features(bigquery_client, shop, rows, future):
    insert(bigquery_client, shop, future)
    assert features(bigquery_client, shop) == rows
