"""How this sandbox's Airflow reaches the shop: the variables of either API series."""

from __future__ import annotations

import base64
import json
from typing import Any

import requests

from sandbox.lightspeed.settings import SimulatorSettings
from sandbox.stack import PROJECT, Stack

SECRET = f"projects/{PROJECT}/secrets/lightspeed-tokens"
WAYS = ("x_series", "x_series_2026_07", "x_series_oauth", "r_series")
"""Ways to connect a shop: X-Series with the user's own token, in either shape or by OAuth, and R-Series."""


def lightspeed_variables(stack: Stack, series: str) -> dict[str, str]:
    """Environment variables that a shop of this series would set, credentials in a Connection or a token.

    Args:
        stack: where the shop runs.
        series: one of `WAYS`; `x_series` is the user's own `LIGHTSPEED_TOKEN`, the others are an Airflow Connection.
    """
    shop = SimulatorSettings()
    if series == "x_series":
        return {"LIGHTSPEED_TOKEN": shop.personal_token, "LIGHTSPEED_BASE_URL": stack.lightspeed_url}
    connection: dict[str, Any] = {"conn_type": "http", "host": stack.lightspeed_url}
    if series == "x_series_2026_07":
        connection |= {"password": shop.personal_token, "extra": {"series": "x_series", "api_version": "2026-07"}}
        return {"AIRFLOW_CONN_LIGHTSPEED_DEFAULT": json.dumps(connection)}
    connection |= {"login": shop.client_id, "password": shop.client_secret}
    if series == "x_series_oauth":
        extra = {"series": "x_series", "token_secret": SECRET}
    else:
        extra = {
            "series": "r_series",
            "account_id": shop.account_id,
            "token_url": f"{stack.lightspeed_url}/auth/oauth/token",
            "token_secret": SECRET,
        }
    return {"AIRFLOW_CONN_LIGHTSPEED_DEFAULT": json.dumps(connection | {"extra": extra})}


def seed_secret(stack: Stack, series: str = "r_series") -> None:
    """Put the shop's first refresh token of a series into Secret Manager, as whoever connects a shop does once."""
    shop = SimulatorSettings()
    first = shop.refresh_token if series == "r_series" else shop.x_refresh_token
    parent, _, name = SECRET.rpartition("/secrets/")
    url = f"{stack.secrets_url}/v1/{parent}/secrets"
    answer = requests.post(url, params={"secretId": name}, json={}, timeout=30)
    if answer.status_code != requests.codes.conflict:
        answer.raise_for_status()
        data = base64.b64encode(json.dumps({"refresh_token": first}).encode()).decode()
        added = requests.post(f"{url}/{name}:addVersion", json={"payload": {"data": data}}, timeout=30)
        added.raise_for_status()
