"""Every route of the profile API is behind Airflow's permission to read the DAG `customer_profiles`."""

from __future__ import annotations

import httpx
import pytest

from plugins.customer_profiles_api.app import create_app
from tests.plugins.api_server import NOBODY, OUTSIDER, READER, ApiServer
from tests.plugins.rows import KNOWN

PARAMETERS = {"customer_id": KNOWN}
PATHS = sorted(route.path.format(**PARAMETERS) for route in create_app().routes)  # ty: ignore[missing-attribute]

every_path = pytest.mark.parametrize("path", PATHS)
pytestmark = pytest.mark.services


@pytest.fixture(scope="session", params=["simple", "fab"])
def server(request: pytest.FixtureRequest) -> ApiServer:
    return request.getfixturevalue(f"{request.param}_server")


@every_path
def test_anonymous_callers_get_401(server: ApiServer, path: str):
    assert_problem(server.get(path), 401, "not-authenticated")


@every_path
def test_a_token_that_airflow_did_not_sign_gets_403(server: ApiServer, path: str):
    answer = httpx.get(f"{server.api}{path}", headers={"Authorization": "Bearer forged"}, timeout=30)
    assert_problem(answer, 403, "not-permitted")


@every_path
@pytest.mark.parametrize("user", [OUTSIDER, NOBODY])
def test_a_user_without_the_permission_gets_403(server: ApiServer, path: str, user: str):
    assert_problem(server.get(path, user), 403, "not-permitted")


@every_path
def test_a_reader_gets_200(server: ApiServer, path: str):
    assert server.get(path, READER).status_code == 200


@every_path
def test_a_reader_gets_200_with_the_cookie_of_airflows_pages(server: ApiServer, path: str):
    cookies = {"_token": server.token(READER)}
    assert httpx.get(f"{server.api}{path}", cookies=cookies, timeout=60).status_code == 200


def test_the_walk_covers_the_profile_and_both_documents():
    assert set(PATHS) >= {f"/v1/customers/{KNOWN}", "/v1/openapi.json", "/v1/docs"}


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/redoc", "/v1", "/v1/customers", "/v1/nothing"])
def test_an_address_that_is_no_route_is_a_404_for_everybody(server: ApiServer, path: str):
    for user in (None, OUTSIDER, READER):
        assert_problem(server.get(path, user), 404, "not-found")


@every_path
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
def test_other_methods_than_get_are_a_405(server: ApiServer, path: str, method: str):
    answer = httpx.request(method, f"{server.api}{path}", timeout=30)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"


def assert_problem(answer: httpx.Response, status: int, name: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"/customer-profiles/v1/docs#{name}"
    assert answer.json()["status"] == status
    assert KNOWN not in answer.json()["detail"]
