"""Every route of the profile API is behind Airflow's permission to read the DAG `customer_profiles`."""

from __future__ import annotations

import httpx
import pytest
from customer_profiles_api.app import create_app

from tests.plugins.api_server import NOBODY, OUTSIDER, READER, ApiServer
from tests.plugins.rows import KNOWN

PARAMETERS = {"customer_id": KNOWN}
PATHS = sorted(route.path.format(**PARAMETERS) for route in create_app().routes)

pytestmark = [pytest.mark.services, pytest.mark.parametrize("path", PATHS)]


@pytest.fixture(scope="session", params=["simple", "fab"])
def server(request: pytest.FixtureRequest) -> ApiServer:
    return request.getfixturevalue(f"{request.param}_server")


def test_anonymous_callers_get_401(server: ApiServer, path: str):
    assert_problem(server.get(path), 401, "not-authenticated")


def test_a_token_that_airflow_did_not_sign_gets_403(server: ApiServer, path: str):
    answer = httpx.get(f"{server.api}{path}", headers={"Authorization": "Bearer forged"}, timeout=30)
    assert_problem(answer, 403, "not-permitted")


def test_a_user_without_the_permission_gets_403(server: ApiServer, path: str):
    assert_problem(server.get(path, OUTSIDER), 403, "not-permitted")


def test_a_reader_gets_200(server: ApiServer, path: str):
    assert server.get(path, READER).status_code == 200


def test_a_reader_gets_200_with_the_cookie_of_airflows_pages(server: ApiServer, path: str):
    cookies = {"_token": server.token(READER)}
    assert httpx.get(f"{server.api}{path}", cookies=cookies, timeout=60).status_code == 200


def test_a_user_of_the_simple_auth_manager_without_a_role_gets_403(simple_server: ApiServer, path: str):
    assert_problem(simple_server.get(path, NOBODY), 403, "not-permitted")


def assert_problem(answer: httpx.Response, status: int, name: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"/customer-profiles/v1/docs#{name}"
    assert answer.json()["status"] == status
    assert KNOWN not in answer.json()["detail"]
