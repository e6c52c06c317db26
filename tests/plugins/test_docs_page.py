"""The docs page: made from the OpenAPI document, escaped, and without anything from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from plugins.customer_profiles_api.app import create_app
from plugins.customer_profiles_api.documents import openapi_document
from plugins.customer_profiles_api.problems import PROBLEMS
from plugins.customer_profiles_api.reference import CONTENT_SECURITY_POLICY, reference_page
from tests.plugins.api_server import READER, ApiServer


@pytest.fixture(scope="module")
def document() -> dict:
    return openapi_document(create_app(), "/customer-profiles")


def test_every_field_and_every_problem_is_on_the_page(document: dict):
    page = reference_page(document)
    for schema in document["components"]["schemas"].values():
        for field in schema["properties"]:
            assert f"<code>{field}</code>" in page
    for name in PROBLEMS:
        assert f'id="{name}"' in page


def test_text_of_the_document_is_escaped(document: dict):
    attack = "<script>alert(1)</script>"
    hostile = document | {"info": document["info"] | {"title": attack, "description": attack}}
    page = reference_page(hostile)
    assert attack not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_policy_allows_the_pages_own_style_and_nothing_else(document: dict):
    style = re.findall(r"<style>(.*?)</style>", reference_page(document), flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    assert len(style) == 1
    assert CONTENT_SECURITY_POLICY.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")


def test_the_page_asks_no_other_host_for_anything(document: dict):
    page = reference_page(document)
    assert not re.search(r"<(script|link|img|iframe|object|embed)\b", page)
    assert not re.search(r"""\bstyle\s*=|\bon\w+\s*=|(?:src|href)\s*=\s*["'](?:https?:)?//""", page)


@pytest.mark.services
def test_the_server_sends_the_page_with_its_policy(simple_server: ApiServer):
    answer = simple_server.get("/v1/docs", READER)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "GET /customer-profiles/v1/customers/{customer_id}" in answer.text
