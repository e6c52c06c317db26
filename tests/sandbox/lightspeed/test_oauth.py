"""The R-Series token endpoint: rotation on first use, five attempts a minute, and the documented refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jwt
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.lightspeed.conftest import Shop


def account(shop: Shop, token: str) -> Any:
    return shop.client.get("/API/V3/Account.json", headers={"authorization": f"Bearer {token}"})


def test_a_grant_has_no_scope_and_its_token_is_an_rs256_jwt_with_the_account(shop: Shop) -> None:
    answer = shop.grant().json()
    assert set(answer) == {"token_type", "expires_in", "access_token", "refresh_token"}
    assert answer["expires_in"] == 1800
    key = jwt.PyJWK(shop.client.get("/.well-known/jwks").json()["keys"][0])
    claims = jwt.decode(
        answer["access_token"],
        key,
        ["RS256"],
        {"verify_exp": False, "verify_nbf": False, "verify_iat": False},
        audience="sandbox-client",
    )
    assert claims["acct"] == "100001"
    assert isinstance(claims["exp"], float)
    assert claims["exp"] - claims["iat"] == pytest.approx(1800)


def test_the_old_refresh_token_lives_until_the_new_access_token_is_used(shop: Shop) -> None:
    first = shop.grant()
    retried = shop.grant()
    assert first.status_code == retried.status_code == 200
    assert first.json()["refresh_token"] != retried.json()["refresh_token"]
    assert account(shop, retried.json()["access_token"]).status_code == 200
    refused = shop.grant()
    assert refused.status_code == 400
    assert refused.json()["error"] == "invalid_grant"
    assert shop.grant(retried.json()["refresh_token"]).status_code == 200


def test_a_connection_gets_five_attempts_a_minute(shop: Shop) -> None:
    assert [shop.grant().status_code for _ in range(6)] == [200] * 5 + [429]
    shop.clock.advance(61)
    assert shop.grant().status_code == 200


def test_an_unused_refresh_token_expires_after_thirty_days(shop: Shop) -> None:
    shop.clock.advance(31 * 86_400)
    assert shop.grant().json()["error"] == "invalid_grant"


def test_an_expired_and_a_revoked_access_token_give_the_documented_401(shop: Shop) -> None:
    granted = shop.grant().json()
    shop.clock.advance(1800)
    expired = account(shop, granted["access_token"])
    assert expired.status_code == 401
    assert expired.json() == {
        "error": "access_denied",
        "error_description": "The resource owner or authorization server denied the request.",
        "hint": "Access token could not be verified",
    }
    token = shop.grant(granted["refresh_token"]).json()["access_token"]
    shop.act("revoke")
    assert account(shop, token).json()["hint"] == "Access token has been revoked"
    assert account(shop, "nonsense").status_code == 401
    assert shop.client.get("/API/V3/Account.json").status_code == 401


def test_a_missing_token_a_wrong_client_and_a_json_scope_are_refused(shop: Shop) -> None:
    form = {
        "grant_type": "refresh_token",
        "client_id": "sandbox-client",
        "client_secret": "sandbox-client-secret",
    }
    assert shop.client.post("/auth/oauth/token", data=form).json()["error"] == "invalid_request"
    body = {**form, "refresh_token": "sandbox-refresh-token"}
    assert shop.client.post("/auth/oauth/token", json={**body, "scope": "x"}).json()["error"] == "invalid_grant"
    assert shop.client.post("/auth/oauth/token", json=body).status_code == 200
    multipart = {name: (None, value) for name, value in body.items()}
    assert shop.client.post("/auth/oauth/token", files=multipart).status_code == 200
    wrong = {**body, "client_secret": "guess"}
    statuses = [shop.client.post("/auth/oauth/token", data=wrong).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]


def test_a_restart_keeps_the_rotated_tokens(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop()
    granted = shop.grant().json()
    assert account(shop, granted["access_token"]).status_code == 200
    again = open_shop()
    assert account(again, granted["access_token"]).status_code == 200
    assert again.grant().status_code == 400
    assert again.grant(granted["refresh_token"]).status_code == 200
