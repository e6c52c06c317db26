"""Every error of the app is a problem document, also the ones that its routes do not raise."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.customer_profiles_api.app import create_app
from plugins.customer_profiles_api.security import require_reader
from plugins.customer_profiles_api.settings import ApiSettings
from plugins.customer_profiles_api.warehouse import BigQueryProfiles


class NoCustomers(BigQueryProfiles):
    """A view without rows."""

    def read(self, customer_id: str) -> dict[str, Any] | None:
        return None


class Defective(BigQueryProfiles):
    """A reader with a defect whose message must not leave the server."""

    def read(self, customer_id: str) -> dict[str, Any] | None:
        raise RuntimeError("password=hunter2")


def client_with(profiles: type[BigQueryProfiles]) -> TestClient:
    app = create_app(profiles(ApiSettings()))
    app.dependency_overrides[require_reader] = lambda: None
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client() -> TestClient:
    return client_with(NoCustomers)


def test_a_defect_is_a_500_that_tells_the_caller_nothing_of_the_inside():
    answer = client_with(Defective).get("/v1/customers/1042")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "hunter2" not in answer.text


@pytest.mark.parametrize("customer_id", ["1", "x" * 64, "06bf537b-c7d7-11e7-ff13-0c871e85fbe4", "A_b-9"])
def test_ids_of_both_lightspeed_series_are_accepted(client: TestClient, customer_id: str):
    assert client.get(f"/v1/customers/{customer_id}").json()["type"].endswith("#unknown-customer")


@pytest.mark.parametrize("customer_id", ["x" * 65, "1042%0A", "%E2%80%AE", "a.b", "a%20b", "%25"])
def test_anything_else_is_malformed(client: TestClient, customer_id: str):
    answer = client.get(f"/v1/customers/{customer_id}")
    assert answer.status_code == 422
    assert answer.json()["instance"] == f"/v1/customers/{customer_id}"


@settings(deadline=None)
@given(text=st.text(st.characters(exclude_characters="/?#", exclude_categories=["Cs"]), min_size=1, max_size=80))
def test_no_id_makes_the_app_fail(client: TestClient, text: str):
    answer = client.get("/v1/customers/" + "".join(f"%{byte:02X}" for byte in text.encode()))
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"
