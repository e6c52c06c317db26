"""Every error of the app is a problem document, also the ones that its routes do not raise."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.customer_profiles_api.body_limit import LONGEST_BODY
from plugins.customer_profiles_api.reader import ProfileReader
from plugins.customer_profiles_api.settings import ApiSettings
from plugins.customer_profiles_api.warehouse import Parameters, Row, Warehouse
from tests.plugins.open_app import open_app


class NoCustomers(Warehouse):
    """A view without rows."""

    def query(self, file: str, values: Parameters) -> list[Row]:
        ids = values["customer_ids"][1]
        return [{"asked_id": name, "customer_id": None, "is_forgotten": False, "profile_version": "1"} for name in ids]


class Defective(Warehouse):
    """A warehouse with a defect whose message must not leave the server."""

    def query(self, file: str, values: Parameters) -> list[Row]:
        raise RuntimeError("password=hunter2")


def client_with(warehouse: type[Warehouse]) -> TestClient:
    settings = ApiSettings()
    return TestClient(open_app(ProfileReader(settings, warehouse(settings))), raise_server_exceptions=False)


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


@pytest.mark.parametrize(
    "body",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"customer_ids": []}',
        '{"customer_ids": ["a b"]}',
        '{"customer_ids": [1]}',
        '{"customer_ids": ["1"], "more": 1}',
        '{"customer_ids": [' + ", ".join(['"1"'] * 1001) + "]}",
    ],
)
def test_a_malformed_batch_says_where(client: TestClient, body: str):
    answer = client.post("/v1/customers:batchGet", content=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"].startswith("body")


def test_a_body_beyond_the_limit_is_a_413(client: TestClient):
    answer = client.post("/v1/customers:batchGet", content=b" " * (LONGEST_BODY + 1))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("query", "location"),
    [
        ("limit=0", "query.limit"),
        ("limit=501", "query.limit"),
        ("churn_risk_band=extreme", "query.churn_risk_band"),
        ("expected_from=20261124", "query.expected_from"),
        ("expected_to=2026-11-31", "query.expected_to"),
        ("category=", "query.category"),
        ("category=" + "x" * 201, "query.category"),
        ("cursor=" + "x" * 301, "query.cursor"),
    ],
)
def test_a_malformed_filter_says_where(client: TestClient, query: str, location: str):
    answer = client.get(f"/v1/customers?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"] == location


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 99_000,
        b'{"customer_ids":' + b"[" * 40_000 + b"]" * 40_000 + b"}",
        b'{"a":' * 15_000 + b"1" + b"}" * 15_000,
        b'{"customer_ids": [' + b"9" * 90_000 + b"]}",
        b'{"customer_ids": [1e999999999]}',
        b'{"customer_ids": [NaN]}',
        b'{"customer_ids": ["\\u0000"]}',
        b'{"customer_ids": ["\xff"]}',
        b'{"customer_ids": ["1\\n"]}',
    ],
    ids=["open", "nested", "objects", "digits", "exponent", "nan", "nul", "bytes", "line"],
)
def test_a_body_made_to_harm_is_malformed_and_not_quoted(client: TestClient, body: bytes):
    answer = client.post("/v1/customers:batchGet", content=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < 2_000


@settings(deadline=None)
@given(text=st.text(st.characters(exclude_characters="/?#", exclude_categories=["Cs"]), min_size=1, max_size=80))
def test_no_id_makes_the_app_fail(client: TestClient, text: str):
    answer = client.get("/v1/customers/" + "".join(f"%{byte:02X}" for byte in text.encode()))
    assert answer.status_code in {404, 422}
    assert answer.headers["content-type"] == "application/problem+json"
