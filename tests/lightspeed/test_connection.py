"""A connection, or the environment alone, makes the right client, or one sentence says what is missing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import pytest
from airflow.sdk import Connection

from include.lightspeed.client import LightspeedClient
from include.lightspeed.connection import client_from_connection
from include.lightspeed.errors import ConfigurationError
from include.lightspeed.x_series import XSeriesClient
from tests.lightspeed.scripted import Answer, FakeTime, Request, ScriptedServer
from tests.lightspeed.test_oauth import SECRET, Cloud

EMPTY = Answer({"data": [], "version": {"min": None, "max": None}})


def connection(extra: Mapping[str, Any] | None = None, **fields: Any) -> Connection:
    return Connection(conn_id="lightspeed_default", conn_type="http", extra=json.dumps(dict(extra or {})), **fields)


def client(conn: Connection | None, environ: Mapping[str, str] | None = None) -> LightspeedClient:
    time = FakeTime()
    return client_from_connection(
        conn,
        environ or {},
        clock=time.clock,
        sleep=time.sleep,
        google_headers=lambda: {"Authorization": "Bearer google"},
    )


def test_a_connection_with_a_token_is_x_series(server: ScriptedServer):
    server.script = [EMPTY]
    made = client(connection({"series": "x_series", "page_size": 50}, host=server.url, password="t"))
    assert made.series == "x_series"
    assert list(made.pages("sales", None)) == []
    assert server.requests[0].headers["Authorization"] == "Bearer t"
    assert server.requests[0].query["page_size"] == "50"


def test_a_connection_that_airflow_split_into_parts_works_too(server: ScriptedServer):
    server.script = [EMPTY]
    made = client(connection(host="127.0.0.1", schema="http", port=server.server_port, password="t"))
    assert list(made.pages("sales", None)) == []
    assert server.requests[0].query["page_size"] == "1000"


def test_the_environment_alone_is_enough(server: ScriptedServer):
    server.script = [EMPTY]
    made = client(None, {"LIGHTSPEED_TOKEN": "t", "LIGHTSPEED_BASE_URL": server.url, "LIGHTSPEED_PAGE_SIZE": "9"})
    assert made.series == "x_series"
    assert list(made.pages("customers", None)) == []
    assert server.requests[0].headers["Authorization"] == "Bearer t"
    assert server.requests[0].query["page_size"] == "9"


def test_a_domain_prefix_names_the_shop():
    made = client(None, {"LIGHTSPEED_TOKEN": "t", "LIGHTSPEED_DOMAIN_PREFIX": "my-shop"})
    assert isinstance(made, XSeriesClient)
    assert made._transport.base_url == "https://my-shop.retail.lightspeed.app"


def test_an_r_series_connection_reads_and_renews_the_stored_pair(server: ScriptedServer):
    cloud = Cloud(server)
    cloud.put(refresh_token="refresh-0")
    extra = {
        "series": "r_series",
        "account_id": 100001,
        "token_url": f"{server.url}/token",
        "token_secret": SECRET,
    }
    made = client(
        connection(extra, host=server.url, login="id", password="client-secret"),
        {"SECRET_MANAGER_URL": server.url},
    )
    assert made.series == "r_series"
    server.script = [
        lambda request: (
            Answer({"@attributes": {"next": "", "previous": ""}})
            if request.path == "/API/V3/Account/100001/Sale.json"
            else cloud(request)
        )
    ]
    assert list(made.pages("sales", None)) == []
    assert cloud.stored()["refresh_token"] == "refresh-1"
    assert server.requests[-1].headers["Authorization"] == "Bearer access-1"


def test_the_connection_alone_chooses_the_api_version(server: ScriptedServer):
    server.script = [EMPTY]
    made = client(connection({"api_version": "2026-07"}, host=server.url, password="t"))
    assert list(made.pages("sales", None)) == []
    assert server.requests[0].path == "/api/2026-07/sales"


def test_an_x_series_connection_with_a_secret_uses_oauth(server: ScriptedServer):
    cloud = Cloud(server)
    cloud.put(refresh_token="refresh-0")
    made = client(
        connection({"token_secret": SECRET}, host=server.url, login="id", password="client-secret"),
        {"SECRET_MANAGER_URL": server.url},
    )

    def answer(request: Request) -> Answer:
        if request.path == "/api/2.0/sales":
            return EMPTY
        return cloud(dataclasses.replace(request, target=request.target.replace("/api/1.0/token", "/token")))

    server.script = [answer]
    assert list(made.pages("sales", None)) == []
    assert cloud.stored()["refresh_token"] == "refresh-1"
    assert server.requests[-1].headers["Authorization"] == "Bearer access-1"


R_EXTRA = {"series": "r_series", "account_id": "1", "token_secret": SECRET}
URL = "https://shop.retail.lightspeed.app"


@pytest.mark.parametrize(
    ("conn", "environ", "sentence"),
    [
        (None, {}, "no Lightspeed connection and no LIGHTSPEED_TOKEN"),
        (None, {"LIGHTSPEED_TOKEN": "hidden"}, "set LIGHTSPEED_DOMAIN_PREFIX"),
        (None, {"LIGHTSPEED_TOKEN": "hidden", "LIGHTSPEED_DOMAIN_PREFIX": "evil.com/"}, "DOMAIN_PREFIX"),
        (None, {"LIGHTSPEED_TOKEN": "hidden", "LIGHTSPEED_BASE_URL": "ftp://x"}, "base URL must be"),
        (connection(host=URL), {}, "no password"),
        (connection(password="hidden"), {}, "no host"),
        (connection(host="https://u:hidden@shop.app", password="hidden"), {}, "base URL must be"),
        (connection(host=f"{URL}/api/2.0", password="hidden"), {}, "without path"),
        (connection({"series": "c_series"}, host=URL, password="hidden"), {}, "series is 'c_series'"),
        (connection({"api_version": "2019-01"}, host=URL, password="hidden"), {}, "API version '2019-01'"),
        (connection({"token_secret": SECRET}, host=URL, password="hidden"), {}, "no login"),
        (connection({"page_size": "many"}, host=URL, password="hidden"), {}, "page_size is 'many'"),
        (connection({"page_size": "-5"}, host=URL, password="hidden"), {}, "page_size is '-5'"),
        (connection({"series": "r_series"}, login="i", password="hidden"), {}, "extra account_id"),
        (connection(R_EXTRA | {"account_id": "x/../y"}, login="i", password="hidden"), {}, "not a number"),
        (
            connection({"series": "r_series", "account_id": "1"}, login="i", password="hidden"),
            {},
            "token_secret",
        ),
        (
            connection(R_EXTRA | {"token_secret": "hidden"}, login="i", password="hidden"),
            {},
            "must read projects/",
        ),
        (connection(R_EXTRA, password="hidden"), {}, "no login"),
        (connection(R_EXTRA, login="i"), {}, "no password"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(conn: Connection | None, environ: Mapping[str, str], sentence: str):
    with pytest.raises(ConfigurationError, match=sentence) as caught:
        client(conn, environ)
    assert "hidden" not in str(caught.value)
    assert "\n" not in str(caught.value)
