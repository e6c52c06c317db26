"""How this sandbox's Airflow reaches the shop: the variables of either API series."""

from __future__ import annotations

import base64
import json

import requests

from sandbox.lightspeed.settings import SimulatorSettings
from sandbox.stack import PROJECT, Stack

SECRET = f"projects/{PROJECT}/secrets/lightspeed-tokens"


def lightspeed_variables(stack: Stack, series: str) -> dict[str, str]:
    """Environment variables that a shop of this series would set, credentials in a Connection or a token.

    Args:
        stack: where the shop runs.
        series: `x_series` (the user's own `LIGHTSPEED_TOKEN`) or `r_series` (an Airflow Connection).
    """
    shop = SimulatorSettings()
    if series == "x_series":
        return {"LIGHTSPEED_TOKEN": shop.personal_token, "LIGHTSPEED_BASE_URL": stack.lightspeed_url}
    connection = {
        "conn_type": "http",
        "host": stack.lightspeed_url,
        "login": shop.client_id,
        "password": shop.client_secret,
        "extra": {
            "series": "r_series",
            "account_id": shop.account_id,
            "token_url": f"{stack.lightspeed_url}/auth/oauth/token",
            "token_secret": SECRET,
        },
    }
    return {"AIRFLOW_CONN_LIGHTSPEED_DEFAULT": json.dumps(connection)}


def seed_secret(stack: Stack) -> None:
    """Put the shop's first refresh token into Secret Manager, as whoever connects a shop does once."""
    parent, _, name = SECRET.rpartition("/secrets/")
    url = f"{stack.secrets_url}/v1/{parent}/secrets"
    answer = requests.post(url, params={"secretId": name}, json={}, timeout=30)
    if answer.status_code != requests.codes.conflict:
        answer.raise_for_status()
        data = base64.b64encode(json.dumps({"refresh_token": SimulatorSettings().refresh_token}).encode()).decode()
        added = requests.post(f"{url}/{name}:addVersion", json={"payload": {"data": data}}, timeout=30)
        added.raise_for_status()
