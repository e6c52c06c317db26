"""The X-Series token endpoint: the old refresh token dies at issue, and the endpoint has a limit of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.lightspeed.conftest import Shop

SALES = "/api/2.0/sales"


def read(shop: Shop, token: str) -> Any:
    return shop.client.get(SALES, headers={"authorization": f"Bearer {token}"})


def test_a_grant_has_the_documented_fields_and_opens_the_api(shop: Shop) -> None:
    grant = shop.grant_x().json()
    names = ["access_token", "token_type", "expires", "expires_in", "refresh_token", "domain_prefix", "scope"]
    assert list(grant) == names
    assert grant["expires_in"] == 86_400
    assert read(shop, grant["access_token"]).status_code == 200
    shop.clock.advance(86_401)
    assert read(shop, grant["access_token"]).status_code == 401


def test_the_old_refresh_token_is_dead_once_the_new_one_is_issued(shop: Shop) -> None:
    first = shop.grant_x().json()
    assert shop.grant_x().json()["error"] == "invalid_grant"
    assert shop.grant_x(first["refresh_token"]).status_code == 200


def test_the_tokens_of_one_series_open_nothing_in_the_other(shop: Shop) -> None:
    assert shop.grant_x(shop.settings.refresh_token).status_code == 400
    assert shop.grant(shop.settings.x_refresh_token).status_code == 400
    assert read(shop, shop.grant().json()["access_token"]).status_code == 401


def test_the_endpoint_has_a_limit_of_its_own(shop: Shop) -> None:
    answers = [shop.grant_x("guess") for _ in range(21)]
    assert [answer.status_code for answer in answers] == [400] * 20 + [429]
    assert answers[0].headers["X-RateLimit-Remaining"] == "19"
    reset = int(answers[-1].headers["X-RateLimit-Reset"])
    shop.clock.advance(reset - shop.clock.now.timestamp())
    assert shop.grant_x().status_code == 200


def test_a_wrong_client_or_another_grant_is_refused(shop: Shop) -> None:
    form = {"client_id": "sandbox-client", "client_secret": "guess", "grant_type": "refresh_token"}
    assert shop.client.post("/api/1.0/token", data=form).status_code == 401
    form |= {"client_secret": "sandbox-client-secret", "grant_type": "password"}
    assert shop.client.post("/api/1.0/token", data=form).json()["error"] == "unsupported_grant_type"


def test_a_restart_keeps_the_tokens_and_a_revocation_ends_them(open_shop: Callable[..., Shop]) -> None:
    grant = open_shop().grant_x().json()
    again = open_shop()
    assert read(again, grant["access_token"]).status_code == 200
    again.act("revoke")
    assert read(again, grant["access_token"]).status_code == 401
    assert again.grant_x(grant["refresh_token"]).status_code == 200
