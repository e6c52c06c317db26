"""Addresses, ids and handles in one form: what is the same mailbox is the same text, and nothing else is."""

from __future__ import annotations

import json

import jinja2
import pytest

from include.warehouse.sql import SQL_ROOT

pytestmark = pytest.mark.services

ADDRESSES: dict[str, str | None] = {
    "ada@example.com": "ada@example.com",
    " Ada@Example.COM ": "ada@example.com",
    "ada+shop@example.com": "ada@example.com",
    "ada+shop+2026@example.com": "ada@example.com",
    "a.d.a@example.com": "a.d.a@example.com",
    "A.d.A+news@gmail.com": "ada@gmail.com",
    "ada@googlemail.com": "ada@gmail.com",
    "a.da+x@GoogleMail.com": "ada@gmail.com",
    "ada@notgmail.com": "ada@notgmail.com",
    "a.da@gmail.com.example.org": "a.da@gmail.com.example.org",
    "a.da@mail.gmail.com": "a.da@mail.gmail.com",
    "ada'o_neil-1@example.co.uk": "ada'o_neil-1@example.co.uk",
    "ädä@exämple.de": "ädä@exämple.de",
    "+tag@example.com": "+tag@example.com",
    "ada@example": None,
    "ada example@example.com": None,
    "ada@@example.com": None,
    "Ada Lovelace": None,
    "@ada": None,
    "42": None,
    "": None,
}

HANDLES = {
    ("instagram", "@Ada.L"): "ada.l",
    ("instagram", " ada.l "): "ada.l",
    ("instagram", "17841400000"): "17841400000",
    ("instagram", "@"): None,
    ("facebook", "Ada.Love.Lace"): "adalovelace",
    ("facebook", "100042"): "100042",
    ("facebook", ""): None,
}

USER_IDS = {" 06BF537B-C7D7 ": "06bf537b-c7d7", "Ada@Example.com": "ada@example.com", "": None, "  ": None}


def normalised(client, call: str, rows: list[list[str]]) -> list[str | None]:
    """The value of a macro's call, such as `address("text")`, for each row of `text` and `platform`, in order."""
    from google.cloud import bigquery

    macro = call.partition("(")[0]
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(SQL_ROOT), autoescape=False)
    source = f'{{% from "customer_identities/normalise.jinja" import {macro} %}}{{{{ {call} }}}}'
    query = f"""
        SELECT {environment.from_string(source).render()} AS value
        FROM (
          SELECT JSON_VALUE(item, '$[0]') AS text, JSON_VALUE(item, '$[1]') AS platform, place
          FROM UNNEST(JSON_QUERY_ARRAY(@rows)) AS item WITH OFFSET AS place
        )
        ORDER BY place
    """
    parameter = bigquery.ScalarQueryParameter("rows", "STRING", json.dumps(rows))
    config = bigquery.QueryJobConfig(query_parameters=[parameter])
    return [row["value"] for row in client.query_and_wait(query, job_config=config)]


def test_an_address_is_the_mailbox_behind_it(bigquery_client):
    values = normalised(bigquery_client, 'address("text")', [[text] for text in ADDRESSES])
    assert dict(zip(ADDRESSES, values, strict=True)) == ADDRESSES


def test_a_normalised_address_stays_as_it_is(bigquery_client):
    once = [value for value in ADDRESSES.values() if value]
    assert normalised(bigquery_client, 'address("text")', [[text] for text in once]) == once


def test_a_handle_has_neither_case_nor_at_sign_and_at_facebook_no_dots(bigquery_client):
    values = normalised(bigquery_client, 'handle("text", "platform")', [[text, platform] for platform, text in HANDLES])
    assert dict(zip(HANDLES, values, strict=True)) == HANDLES


def test_the_case_of_a_user_id_does_not_count(bigquery_client):
    values = normalised(bigquery_client, 'user_id("text")', [[text] for text in USER_IDS])
    assert dict(zip(USER_IDS, values, strict=True)) == USER_IDS
