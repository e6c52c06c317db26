"""Writes `docs/samples/`: answers of a running API server, asked as the integration guide asks.

`python -m tests.plugins.samples http://localhost:8080 USER PASSWORD CUSTOMER_ID CUSTOMER_ID …`
"""

from __future__ import annotations

import json
import sys

import httpx

from tests.plugins.api_server import REPOSITORY


def main(url: str, user: str, password: str, customer_ids: list[str]) -> None:
    """Ask for one customer, for a batch, for a list, for the models and for freshness."""
    with httpx.Client(base_url=url, timeout=60) as client:
        credentials = {"username": user, "password": password}
        token = client.post("/auth/token", json=credentials).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        api = "/customer-profiles/v1"
        samples = {
            "customer": client.get(f"{api}/customers/{customer_ids[0]}"),
            "batch": client.post(f"{api}/customers:batchGet", json={"customer_ids": customer_ids}),
            "list": client.get(f"{api}/customers", params={"limit": 1}),
            "model": client.get(f"{api}/model"),
            "freshness": client.get(f"{api}/freshness"),
        }
    for name, answer in samples.items():
        text = json.dumps(answer.raise_for_status().json(), indent=4, ensure_ascii=False)
        (REPOSITORY / "docs" / "samples" / f"{name}.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:4], sys.argv[4:])
