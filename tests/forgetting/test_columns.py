"""No table can be left out of forgetting by mistake: every column that sounds like a person is ruled or declared."""

from __future__ import annotations

from typing import Any

import pytest

from deploy import schemas
from include.forgetting.columns import HARMLESS, Act, Identity, handled, undeclared

TABLES = schemas.tables()

FORGOTTEN = {
    "customers": Act.DELETE,
    "customer_features": Act.DELETE,
    "customer_objections": Act.DELETE,
    "customer_predictions": Act.DELETE,
    "customer_profiles_v1": Act.DELETE,
    "rejected_records": Act.REDACT,
    "sales": Act.UNLINK,
}


def texts(fields: list[dict[str, Any]]) -> dict[str, str]:
    """Column or field that holds text -> description; fields of structs by their own names."""
    found = {field["name"]: field.get("description", "") for field in fields if field["type"] == "STRING"}
    for field in fields:
        found |= texts(field.get("fields", []))
    return found


@pytest.mark.parametrize("table", TABLES)
def test_every_column_that_sounds_like_a_person_is_cleared_or_declared_harmless(table):
    assert undeclared(table, texts(TABLES[table]["schema"])) == [], "say in include/forgetting/columns.py what it is"


@pytest.mark.parametrize(("table", "act"), FORGOTTEN.items())
def test_tables_that_have_people_are_cleared(table, act):
    how = handled(field["name"] for field in TABLES[table]["schema"])
    assert how is not None
    assert how.act is act


def test_tables_of_other_sources_are_cleared_by_the_names_of_their_columns():
    email, content = (
        handled(["event_at", "mailbox", "counterpart"]),
        handled(["user_pseudo_id", "user_id", "page_path"]),
    )
    social, identities = handled(["platform", "handle"]), handled(["identity_kind", "identity", "customer_id"])
    assert email is not None
    assert content is not None
    assert social is not None
    assert identities is not None
    assert email.columns == {"counterpart": Identity.EMAIL}
    assert content.columns == {"user_id": Identity.GA4_USER, "user_pseudo_id": Identity.GA4_PSEUDO}
    assert social.columns == {"handle": Identity.HANDLE}
    assert identities.columns == {"customer_id": Identity.CUSTOMER, "identity": Identity.ANY}


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"buyer_email": "Where the receipt went."}, ["new.buyer_email"]),
        ({"sent_to": "E-mail address of the receipt."}, ["new.sent_to"]),
        ({"handle_name": "As it is shown."}, ["new.handle_name"]),
        ({"customer_id": "Lightspeed's id of the customer.", "note": "What the customer said."}, []),
        ({"customer_id": "Lightspeed's id.", "contact_name": "Who to ask for."}, ["new.contact_name"]),
        ({"shelf": "Where the product lies."}, []),
    ],
)
def test_a_new_tables_column_that_sounds_like_a_person_is_found(columns, found):
    assert undeclared("new", columns) == found


def test_no_declaration_is_left_of_a_column_that_is_gone():
    stated = {name for name in HARMLESS if name.split(".")[0] in TABLES}
    gone = {
        name for name in stated if name.split(".")[1] not in {f["name"] for f in TABLES[name.split(".")[0]]["schema"]}
    }
    assert gone == set()
