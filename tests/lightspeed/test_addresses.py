"""Credentials go to the configured address, over https, and to no other, whatever an answer or a cursor says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from include.lightspeed import addresses
from include.lightspeed.errors import ConfigurationError, LightspeedError, UnexpectedResponse
from include.lightspeed.http import Transport
from include.lightspeed.r_series import RSeriesClient
from tests.lightspeed.scripted import Answer, ScriptedServer
from tests.lightspeed.test_connection import R_EXTRA, client, connection
from tests.lightspeed.test_r_records import SALE


@pytest.mark.parametrize(
    "url", ["https://api.lightspeedapp.com", "https://shop.test:8443/", "http://127.0.0.1:81", "http://localhost"]
)
def test_https_and_this_very_machine_are_addresses(url: str):
    assert addresses.base_url(url, "It") == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        *("http://api.lightspeedapp.com", "http://127.0.0.1.evil.test", "http://localhost.evil.test:80"),
        *("http://169.254.169.254", "http://10.0.0.1", "http://[::1]", "//evil.test", "ftp://x", "file:///etc", ""),
        *("https://u:p@shop.test", "https://shop.test@evil.test", "https://shop.test/api", "https://shop.test?x"),
        *("https://shop.test#x", "https://shop.test\n", " https://shop.test", "https://shop.test\\@evil.test"),
        *("https://sh\u043ep.test", "https://shop.test:80:81", "https://shop.test:"),
    ],
)
def test_anything_else_is_none(url: str):
    with pytest.raises(ConfigurationError, match=r"^It must"):
        addresses.base_url(url, "It")


@pytest.mark.parametrize("url", ["https://cloud.lightspeedapp.com/auth/oauth/token", "http://127.0.0.1:1/token"])
def test_an_endpoint_may_have_a_path(url: str):
    assert addresses.endpoint(url, "It") == url


@pytest.mark.parametrize(
    "url", ["http://shop.test/token", "https://u:p@shop.test/token", "https://shop.test/t?x=1", "/token", "https://"]
)
def test_an_endpoint_has_nothing_else(url: str):
    with pytest.raises(ConfigurationError, match=r"^It must"):
        addresses.endpoint(url, "It")


LOGIN = {"login": "i", "password": "hidden"}


@pytest.mark.parametrize(
    ("conn", "environ"),
    [
        (connection(host="http://shop.retail.lightspeed.app", password="hidden"), {}),
        (connection(host="shop.retail.lightspeed.app", schema="http", password="hidden"), {}),
        (connection(R_EXTRA | {"token_url": "http://evil.test/token"}, **LOGIN), {}),
        (connection(R_EXTRA | {"token_url": "https://u:hidden@evil.test/token"}, **LOGIN), {}),
        (connection(R_EXTRA, **LOGIN), {"SECRET_MANAGER_URL": "http://evil.test"}),
        (None, {"LIGHTSPEED_TOKEN": "hidden", "LIGHTSPEED_BASE_URL": "http://shop.retail.lightspeed.app"}),
    ],
)
def test_no_credential_is_configured_to_travel_in_the_clear(conn: Any, environ: dict[str, str]):
    with pytest.raises(ConfigurationError, match="https") as caught:
        client(conn, environ)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "target", ["@evil.test/", ".evil.test/", ":1/", "evil", "", "/a b", "/a\r\nHost: evil", "/\x00"]
)
def test_a_target_that_is_no_path_is_not_requested(x_transport: Transport, server: ScriptedServer, target: str):
    server.script = [Answer(b"{}")]
    with pytest.raises(ConfigurationError, match="nothing was sent"):
        x_transport.get(target)
    assert server.requests == []


@pytest.mark.parametrize("page", ["@evil.test/", ".evil.test/API/V3/Account/1/Sale.json"])
def test_a_forged_cursor_does_not_lead_elsewhere(r_client: RSeriesClient, server: ScriptedServer, page: str):
    server.script = [Answer(b"{}")]
    with pytest.raises(LightspeedError):
        list(r_client.pages("customers", json.dumps({"watermark": 1, "page": page})))
    assert server.requests == []


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.test/API/V3/Account/100001/Sale.json?limit=1",
        "{http}.evil.test/API/V3/Account/100001/Sale.json?limit=1",
        "{http}@evil.test/API/V3/Account/100001/Sale.json?limit=1",
        "{http}:81/API/V3/Account/100001/Sale.json?limit=1",
        "{https}/API/V3/Account/100001/Sale.json?limit=1",
        "//evil.test/API/V3/Account/100001/Sale.json?limit=1",
        "/API/V3/Account/100001/Sale.json?limit=1",
        "{http}\\@evil.test/API/V3/Account/100001/Sale.json?limit=1",
        # A parser that drops these would take the rest of the host for the path, and ask another host.
        "    {http}/API/V3/Account/100001/Sale.json?limit=1",
        "\t\n\r {http}/API/V3/Account/100001/Sale.json?limit=1",
        "{http}\n\n/API/V3/Account/100001/Sale.json?limit=1",
        "{http}/API/V3/Account/100001/Sale.json?limit=1\r\nX-Evil: 1",
        "{http}/API/V3/Account/100001/Sale.json?limit=1&after=\x1b[2J",
        "{http}/API/V3/Account/100001/Sale.json?limit=many",
        "{http}/..//[?limit=1",
        "https://[",
    ],
)
def test_a_next_page_elsewhere_is_refused_before_the_token_is_sent(
    r_client: RSeriesClient, server: ScriptedServer, following: str
):
    r_client._page_size = 1
    following = following.replace("{https}", server.url.replace("http:", "https:")).replace("{http}", server.url)
    server.script = [Answer({"@attributes": {"next": following, "previous": ""}, "Sale": SALE}), Answer(b"{}")]
    with pytest.raises(UnexpectedResponse) as caught:
        list(r_client.pages("sales", None))
    # A path of the same host may be asked for, and does no harm.
    assert len(server.requests) == 1 or following.startswith(f"{server.url}/")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_with_the_token(x_transport: Transport, server: ScriptedServer, status: int):
    other = ScriptedServer()
    other.script = [Answer(b"{}")]
    server.script = [Answer(status=status, headers={"Location": f"{other.url}/api"})]
    with pytest.raises(UnexpectedResponse, match="a redirect"):
        x_transport.get("/api/2.0/sales")
    other.shutdown()
    other.server_close()
    assert other.requests == []
    assert len(server.requests) == 1
