"""Every route of the profile API is behind Airflow's permission to read the DAG `customer_profiles`."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3

import httpx
import pytest
from fastapi.routing import APIRoute

from plugins.customer_profiles_api.app import create_app
from tests.plugins.api_server import CLIENT, NOBODY, OUTSIDER, READER, ApiServer
from tests.plugins.rows import KNOWN

BATCH = {"customer_ids": [KNOWN]}
ROUTES = sorted(
    (method, route.path.format(customer_id=KNOWN))
    for route in create_app().routes
    if isinstance(route, APIRoute)
    for method in route.methods
)

every_route = pytest.mark.parametrize(("method", "path"), ROUTES)
pytestmark = pytest.mark.services


@pytest.fixture(scope="session", params=["simple", "fab"])
def server(request: pytest.FixtureRequest) -> ApiServer:
    return request.getfixturevalue(f"{request.param}_server")


def ask(server: ApiServer, method: str, path: str, **kwargs) -> httpx.Response:
    body = BATCH if method == "POST" else None
    return CLIENT.request(method, f"{server.api}{path}", json=body, **kwargs)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@every_route
def test_anonymous_callers_get_401(server: ApiServer, method: str, path: str):
    assert_problem(ask(server, method, path), 401, "not-authenticated")


@every_route
def test_a_token_that_airflow_did_not_sign_gets_403(server: ApiServer, method: str, path: str):
    assert_problem(ask(server, method, path, headers=bearer("forged")), 403, "not-permitted")


@every_route
@pytest.mark.parametrize("user", [OUTSIDER, NOBODY])
def test_a_user_without_the_permission_gets_403(server: ApiServer, method: str, path: str, user: str):
    assert_problem(ask(server, method, path, headers=bearer(server.token(user))), 403, "not-permitted")


@every_route
def test_a_reader_gets_200(server: ApiServer, method: str, path: str):
    assert ask(server, method, path, headers=bearer(server.token(READER))).status_code == 200


@every_route
def test_a_reader_gets_200_with_the_cookie_of_airflows_pages(server: ApiServer, method: str, path: str):
    assert ask(server, method, path, headers={"Cookie": f"_token={server.token(READER)}"}).status_code == 200


def test_the_walk_covers_every_kind_of_route():
    assert {path for _, path in ROUTES} == {
        *("/v1/customers", f"/v1/customers/{KNOWN}", "/v1/customers:batchGet", "/v1/model", "/v1/freshness"),
        *("/v1/health", "/v1/openapi.json", "/v1/docs", "/pages/customer", "/pages/shop", "/pages/model"),
    }
    assert len(ROUTES) == len(create_app().routes)


def test_nobody_learns_what_is_wrong_with_a_body_before_the_guard(server: ApiServer):
    answer = CLIENT.post(f"{server.api}/v1/customers:batchGet", content="nonsense")
    assert_problem(answer, 401, "not-authenticated")


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/redoc", "/v1", "/v1/nothing", "/pages", "/pages/x"])
def test_an_address_that_is_no_route_is_a_404_for_everybody(server: ApiServer, path: str):
    for user in (None, OUTSIDER, READER):
        assert_problem(server.get(path, user), 404, "not-found")


@every_route
def test_other_methods_are_a_405(server: ApiServer, method: str, path: str):
    for other in {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"} - {method}:
        answer = CLIENT.request(other, f"{server.api}{path}")
        assert answer.status_code == 405
        assert answer.headers["allow"] == method


@pytest.mark.parametrize(
    ("method", "path", "event"),
    [
        ("GET", f"/v1/customers/{KNOWN}", "customer_profile.read"),
        ("POST", "/v1/customers:batchGet", "customer_profile.batch_read"),
        ("GET", "/v1/customers", "customer_profile.list"),
        ("GET", f"/pages/customer?id={KNOWN}", "customer_profile.page"),
        ("GET", "/pages/shop", "customer_profile.list"),
    ],
)
def test_every_read_of_a_person_is_in_airflows_audit_log(server: ApiServer, method: str, path: str, event: str):
    since = dt.datetime.now(dt.UTC).isoformat()
    assert ask(server, method, path, headers=bearer(server.token(READER))).status_code == 200
    with sqlite3.connect(server.home / "airflow.db") as database:
        query = "SELECT owner, dag_id, extra FROM log WHERE event = ? AND dttm >= ?"
        rows = database.execute(query, (event, since.replace("T", " "))).fetchall()
    assert [(owner, dag_id) for owner, dag_id, _ in rows] == [(READER, "customer_profiles")]
    if path != "/pages/shop":
        assert KNOWN in json.loads(rows[0][2])["customer_ids"]


def assert_problem(answer: httpx.Response, status: int, name: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"/customer-profiles/v1/docs#{name}"
    assert answer.json()["status"] == status
    assert KNOWN not in answer.json()["detail"]
