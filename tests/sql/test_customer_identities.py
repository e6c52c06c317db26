"""Whose an identity is: by evidence only, from when it is known, and nobody's as soon as it names two people."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from include.models import identities
from include.models.queries import Dataset
from tests.datasets import empty
from tests.sql.engagement import customer, insert, letter, reaction, view

pytestmark = pytest.mark.services

UUID = "06bf537b-c7d7-11e7-ff13-0c871e85fbe4"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


CUSTOMERS = [
    customer("1", "Ada+till@Gmail.com", instagram="@Ada.L", first_name="Ada", last_name="Lovelace"),
    customer("2", "shared@example.com", first_name="Same", last_name="Name"),
    customer("3", "Shared+x@example.com", created_at="2024-06-01T00:00:00Z", first_name="Same", last_name="Name"),
    customer(UUID.upper(), "uuid@example.com", facebook="Uu.Id"),
    customer("5", "gone@example.com", is_archived=True),
    customer("6", None, instagram="twins"),
    customer("7", None, instagram="twins"),
    customer("8", "hash@gmail.com", created_at=None),
]
EVENTS = {
    "email_events": [
        letter("a.da@googlemail.com", "2024-02-01T10:00:00"),
        letter("shared@example.com", "2024-07-01T10:00:00"),
        letter("same.name@example.com", "2024-07-01T11:00:00"),
        letter("gone@example.com", "2024-07-01T12:00:00"),
    ],
    "content_events": [
        view("b1", "2024-02-01T10:00:00"),
        view("b1", "2024-02-02T10:00:00", user_id="1"),
        view("b2", "2024-02-02T10:00:00", user_id="Ada@gmail.com"),
        view("b2", "2024-02-03T10:00:00", user_id=UUID),
        view("b3", "2024-02-04T10:00:00", user_id=digest("hash@gmail.com")),
        view("b4", "2024-02-05T10:00:00", user_id="Ada Lovelace"),
        view("b4", "2024-02-06T10:00:00", user_id="1"),
        view("b5", "2024-07-05T10:00:00", user_id="shared@example.com"),
        view("b6", "2024-07-05T10:00:00"),
    ],
    "social_events": [
        reaction("ada.l", "2024-03-01T10:00:00"),
        reaction("twins", "2024-03-01T10:00:00"),
        reaction("Ada Lovelace", "2024-03-01T11:00:00"),
        reaction("hash@gmail.com", "2024-03-02T10:00:00", platform="facebook"),
    ],
}


@pytest.fixture(scope="module")
def shop(bigquery_client, shared_dataset) -> Iterator[str]:
    insert(bigquery_client, shared_dataset, {"customers": CUSTOMERS, **EVENTS})
    for _ in range(2):
        identities.match(Dataset(bigquery_client, shared_dataset))
    yield shared_dataset
    empty(bigquery_client, shared_dataset)


@pytest.fixture(scope="module")
def found(bigquery_client, shop) -> dict[tuple[str, str], dict]:
    rows = list(bigquery_client.query_and_wait(f"SELECT * FROM `{shop}.customer_identities`"))
    keyed = {(row["identity_kind"], row["identity"]): dict(row) for row in rows}
    assert len(keyed) == len(rows)
    return keyed


def matched(found: dict[tuple[str, str], dict]) -> dict[tuple[str, str], str]:
    return {key: row["customer_id"] for key, row in found.items() if row["customer_id"] and not row["ambiguous_from"]}


def test_each_kind_of_evidence_matches_and_nothing_else_does(found):
    assert matched(found) == {
        ("email", "ada@gmail.com"): "1",
        ("email", "uuid@example.com"): UUID.upper(),
        ("email", "hash@gmail.com"): "8",
        ("ga4_user_id", "1"): "1",
        ("ga4_user_id", "ada@gmail.com"): "1",
        ("ga4_user_id", UUID): UUID.upper(),
        ("ga4_user_id", digest("hash@gmail.com")): "8",
        ("ga4_user_pseudo_id", "b1"): "1",
        ("ga4_user_pseudo_id", "b3"): "8",
        ("instagram", "ada.l"): "1",
        ("facebook", "uuid"): UUID.upper(),
        ("facebook", "hash@gmailcom"): "8",
    }


def test_evidence_and_confidence_are_told(found):
    told = {key: (row["evidence"], row["confidence"]) for key, row in found.items()}
    assert told["email", "ada@gmail.com"] == ("address_in_lightspeed", 0.95)
    assert told["ga4_user_id", UUID] == ("user_id_is_customer_id", 1.0)
    assert told["ga4_user_id", "1"] == ("user_id_is_customer_id", 0.8)
    assert told["ga4_user_id", digest("hash@gmail.com")] == ("user_id_is_address_sha256", 0.95)
    assert told["ga4_user_pseudo_id", "b1"] == ("signed_in_on_browser", 0.8)
    assert told["facebook", "hash@gmailcom"] == ("handle_is_address", 0.95)


def test_what_names_two_people_matches_nobody_from_then_on(found):
    shared = found["email", "shared@example.com"]
    assert (shared["customer_id"], shared["ambiguous_from"].isoformat()[:10]) == ("2", "2024-06-01")
    assert found["instagram", "twins"]["customer_id"] is None
    assert found["ga4_user_pseudo_id", "b2"]["ambiguous_from"].isoformat()[:10] == "2024-02-03"
    assert found["ga4_user_id", "shared@example.com"]["customer_id"] is None


def test_a_browser_that_an_unknown_person_signed_in_to_is_not_the_customers(found):
    assert found["ga4_user_pseudo_id", "b4"]["customer_id"] is None


def test_an_identity_is_known_from_its_first_evidence_on(found):
    assert found["ga4_user_pseudo_id", "b1"]["first_seen_at"].isoformat()[:10] == "2024-02-02"
    assert found["email", "ada@gmail.com"]["first_seen_at"].isoformat()[:10] == "2024-01-01"
    assert found["email", "hash@gmail.com"]["first_seen_at"].year == 1970


def test_every_identity_of_the_events_is_counted_once_by_its_outcome(bigquery_client, shop):
    rows = bigquery_client.query_and_wait(f"SELECT * FROM `{shop}.identity_matches`")
    counted = {(row["identity_kind"], row["outcome"]): (row["identities"], row["events"]) for row in rows}
    assert counted == {
        ("email", "matched"): (1, 1),
        ("email", "ambiguous"): (1, 1),
        ("email", "unmatched"): (2, 2),
        ("ga4_user_id", "matched"): (4, 5),
        ("ga4_user_id", "ambiguous"): (1, 1),
        ("ga4_user_id", "unmatched"): (1, 1),
        ("ga4_user_pseudo_id", "matched"): (1, 1),
        ("ga4_user_pseudo_id", "unmatched"): (1, 1),
        ("instagram", "matched"): (1, 1),
        ("instagram", "ambiguous"): (1, 1),
        ("instagram", "unmatched"): (1, 1),
        ("facebook", "matched"): (1, 1),
    }
