"""The Secret Manager simulator: versions are added and accessed, and survive a restart."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import google_crc32c
import pytest
from fastapi.testclient import TestClient

from sandbox.secrets.app import create_app
from sandbox.secrets.vault import Vault

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = "/v1/projects/demo/secrets"
NAME = "projects/demo/secrets/tokens"


def open_client(path: Path) -> TestClient:
    return TestClient(create_app(Vault(path), lambda: datetime(2026, 3, 2, tzinfo=UTC)))


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return open_client(tmp_path / "secrets.sqlite3")


def add(client: TestClient, text: bytes) -> str:
    payload = {"payload": {"data": base64.b64encode(text).decode()}}
    answer = client.post(f"{SECRETS}/tokens:addVersion", json=payload)
    assert answer.status_code == 200, answer.text
    return answer.json()["name"]


def test_the_latest_version_is_the_one_added_last(client: TestClient) -> None:
    created = client.post(SECRETS, params={"secretId": "tokens"}, json={"replication": {"automatic": {}}})
    assert created.json()["name"] == NAME
    assert add(client, b"one") == f"{NAME}/versions/1"
    assert add(client, b"two") == f"{NAME}/versions/2"
    latest = client.get(f"{SECRETS}/tokens/versions/latest:access").json()
    assert latest["name"] == f"{NAME}/versions/2"
    assert base64.b64decode(latest["payload"]["data"]) == b"two"
    assert latest["payload"]["dataCrc32c"] == str(google_crc32c.value(b"two"))
    first = client.get(f"{SECRETS}/tokens/versions/1:access").json()
    assert base64.b64decode(first["payload"]["data"]) == b"one"


def test_versions_survive_a_restart(tmp_path: Path) -> None:
    before = open_client(tmp_path / "s.sqlite3")
    before.post(SECRETS, params={"secretId": "tokens"}, json={})
    add(before, b"kept")
    after = open_client(tmp_path / "s.sqlite3")
    found = after.get(f"{SECRETS}/tokens/versions/latest:access").json()
    assert base64.b64decode(found["payload"]["data"]) == b"kept"


def test_errors_have_googles_envelope(client: TestClient) -> None:
    missing = client.get(f"{SECRETS}/tokens/versions/latest:access")
    assert missing.status_code == 404
    assert missing.json()["error"]["status"] == "NOT_FOUND"
    assert client.get(f"{SECRETS}/tokens").status_code == 404
    client.post(SECRETS, params={"secretId": "tokens"}, json={})
    again = client.post(SECRETS, params={"secretId": "tokens"}, json={})
    assert again.status_code == 409
    assert again.json()["error"]["status"] == "ALREADY_EXISTS"
    bad = client.post(f"{SECRETS}/tokens:addVersion", json={"payload": {"data": "***"}})
    assert bad.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert client.get(f"{SECRETS}/tokens").json()["name"] == NAME


def test_annotations_change_only_under_the_etag_that_they_were_read_with(client: TestClient) -> None:
    client.post(SECRETS, params={"secretId": "tokens"}, json={})
    url, mask = f"{SECRETS}/tokens", {"updateMask": "annotations"}
    etag = client.get(url).json()["etag"]
    first = client.patch(url, params=mask, json={"etag": etag, "annotations": {"lease": "a"}})
    assert first.json()["annotations"] == {"lease": "a"}
    late = client.patch(url, params=mask, json={"etag": etag, "annotations": {"lease": "b"}})
    assert (late.status_code, late.json()["error"]["status"]) == (400, "FAILED_PRECONDITION")
    assert client.get(url).json()["annotations"] == {"lease": "a"}
    assert client.patch(url, params=mask, json={"annotations": {}}).status_code == 200
    assert "annotations" not in client.get(url).json()


def test_a_destroyed_version_cannot_be_accessed(client: TestClient) -> None:
    client.post(SECRETS, params={"secretId": "tokens"}, json={})
    first = add(client, b"one")
    add(client, b"two")
    assert client.post(f"/v1/{first}:destroy", json={}).json()["state"] == "DESTROYED"
    assert client.get(f"/v1/{first}:access").status_code == 404
    assert client.get(f"{SECRETS}/tokens/versions/latest:access").json()["name"].endswith("/2")
