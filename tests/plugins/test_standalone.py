"""The endpoint on its own, as a plain ASGI app: the same routes and answers, guarded by IAP's signature."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi.testclient import TestClient

from plugins.customer_profiles_api import standalone
from plugins.customer_profiles_api.app import create_app
from plugins.customer_profiles_api.reader import Found, StoredProfile

AUDIENCE = "/projects/1/locations/us-central1/services/customer-profiles"
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
NOW = dt.datetime.now(tz=dt.UTC)


class People:
    """A reader that knows customer 1 alone, and has nobody in memory."""

    def recall(self, customer_id: str) -> None:
        return None

    def find(self, customer_ids) -> Found:
        profiles = {name: StoredProfile(b"{}", '"v1"') for name in customer_ids if name == "1"}
        return Found(profiles, [name for name in customer_ids if name != "1"], [])


PEOPLE: Any = People()


def signed(key=KEY, **claims) -> str:
    given = {
        "aud": AUDIENCE,
        "iss": standalone.ISSUER,
        "sub": "accounts.google.com:1",
        "email": "program@example.com",
        "iat": NOW - dt.timedelta(seconds=30),
        "exp": NOW + dt.timedelta(minutes=10),
    }
    return jwt.encode(given | claims, key, algorithm="ES256", headers={"kid": "k1"})


@pytest.fixture
def client(monkeypatch) -> TestClient:
    """The app whose verification is Google's own, with keys of this test in place of Google's."""
    public = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    monkeypatch.setattr("google.oauth2.id_token._fetch_certs", lambda request, url: {"k1": public.decode()})
    monkeypatch.setenv(standalone.AUDIENCE, AUDIENCE)
    return TestClient(standalone.create_standalone_app(PEOPLE))


def get(client: TestClient, token: str | None, path: str = "/v1/customers/7"):
    return client.get(path, headers={"x-goog-iap-jwt-assertion": token} if token else {})


def test_who_came_through_iap_is_served_as_by_airflow(client):
    answer = get(client, signed())
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert get(client, signed(), "/v1/openapi.json").status_code == 200


def test_a_read_is_in_the_services_log_with_the_callers_address(client, capsys):
    assert get(client, signed(), "/v1/customers/1").status_code == 200
    [row] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (row["event"], row["owner"]) == ("customer_profile.read", "program@example.com")
    assert json.loads(row["extra"]) == {"customer_ids": ["1"]}


REFUSED = {
    "signed by somebody else": signed(OTHER_KEY),
    "for another service": signed(aud="/projects/1/other"),
    "expired": signed(exp=NOW - dt.timedelta(hours=1)),
    "of another issuer": signed(iss="https://accounts.google.com"),
    "no token": "x.y.z",
    "unsigned": jwt.encode({"aud": AUDIENCE, "iss": standalone.ISSUER}, "", algorithm="none"),
}


@pytest.mark.parametrize("token", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("path", ["/v1/customers/7", "/v1/openapi.json"])
def test_anybody_else_is_refused_with_a_problem_document(client, token, path):
    answer = get(client, token, path)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("token", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_token_is_not_in_the_log(client, token, caplog):
    get(client, token)
    assert "A request was refused: IAP's header is not valid" in caplog.text or "iss" in token or caplog.text == ""
    assert not [part for part in token.split(".") if len(part) > 10 and part in caplog.text]


def test_without_the_header_nobody_passes(client):
    assert get(client, None).status_code == 401


def test_airflows_own_tokens_open_nothing_here(client):
    assert client.get("/v1/customers/7", headers={"Authorization": "Bearer x"}).status_code == 401


def test_every_route_is_the_plugins(client):
    own = create_app(PEOPLE)
    served = get(client, signed(), "/v1/openapi.json").json()
    assert served["paths"].keys() == own.openapi()["paths"].keys()


def test_without_an_audience_it_does_not_start(monkeypatch):
    monkeypatch.delenv(standalone.AUDIENCE, raising=False)
    with pytest.raises(ValueError, match="IAP_AUDIENCE is not set"):
        standalone.create_standalone_app(PEOPLE)
