"""`docs/openapi.json` is the running API's own document, and a valid OpenAPI 3.1 one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from fastapi.openapi.models import OpenAPI

from plugins.customer_profiles_api.openapi import openapi_text
from plugins.customer_profiles_api.schemas import CUSTOMER_ID_PATTERN
from tests.plugins.api_server import READER, REPOSITORY, ApiServer

DOCUMENT = REPOSITORY / "docs" / "openapi.json"
SAMPLES = REPOSITORY / "docs" / "samples"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads(DOCUMENT.read_text("utf-8"))


def test_the_committed_document_is_up_to_date():
    assert DOCUMENT.read_text("utf-8") == openapi_text(), (
        "docs/openapi.json is out of date: run `python -m plugins.customer_profiles_api.openapi`."
    )


@pytest.mark.services
def test_the_server_serves_the_same_document(simple_server: ApiServer, document: dict[str, Any]):
    assert simple_server.get("/v1/openapi.json", READER).json() == document


def test_the_document_has_the_structure_of_openapi_3_1(document: dict[str, Any]):
    assert document["openapi"].startswith("3.1.")
    OpenAPI.model_validate(document)


def test_every_schema_is_json_schema_2020_12_and_every_reference_leads_somewhere(document: dict[str, Any]):
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for reference in (node["$ref"] for node in _objects(document) if "$ref" in node):
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]


def test_every_field_has_a_description_and_every_value_an_example(document: dict[str, Any]):
    for name, schema in document["components"]["schemas"].items():
        assert schema["description"], name
        for field, form in schema["properties"].items():
            assert form.get("description"), f"{name}.{field} has no description."
            has_fields_of_its_own = "$ref" in json.dumps(form)
            assert form.get("examples") or has_fields_of_its_own, f"{name}.{field} has no example."


def test_examples_fit_their_own_schemas(document: dict[str, Any]):
    for schema in document["components"]["schemas"].values():
        for form in schema["properties"].values():
            for example in form.get("examples", []):
                jsonschema.validate(example, form, cls=jsonschema.Draft202012Validator)


def test_every_route_says_what_it_may_answer(document: dict[str, Any]):
    for path, item in document["paths"].items():
        for operation in item.values():
            assert {"200", "401", "403", "503"} <= set(operation["responses"]), path
            assert operation["security"], path
            for status, answer in operation["responses"].items():
                media_type = {"200": ["application/json"], "304": []}.get(status, ["application/problem+json"])
                assert list(answer.get("content", {})) == media_type
    customer = document["paths"]["/v1/customers/{customer_id}"]["get"]
    assert {"304", "404", "410", "422"} <= set(customer["responses"])
    assert customer["parameters"][0]["schema"]["pattern"] == CUSTOMER_ID_PATTERN


@pytest.mark.parametrize(
    ("sample", "model"),
    [
        ("customer", "CustomerProfile"),
        ("batch", "BatchResponse"),
        ("list", "CustomerPage"),
        ("model", "ModelReport"),
        ("freshness", "Freshness"),
    ],
)
def test_the_samples_fit_the_published_schema(document: dict[str, Any], sample: str, model: str):
    content = json.loads((SAMPLES / f"{sample}.json").read_text("utf-8"))
    jsonschema.validate(content, _whole_schema(document, model))


def test_the_sample_of_a_customer_has_every_prediction():
    predictions = json.loads((SAMPLES / "customer.json").read_text("utf-8"))["predictions"]
    assert predictions["next_purchase_date"]
    assert predictions["likely_products"]
    assert predictions["churn_risk"] is not None


@pytest.mark.services
@pytest.mark.parametrize("customer_id", ["1042", "77"])
def test_responses_fit_the_published_schema(simple_server: ApiServer, document: dict[str, Any], customer_id: str):
    served = simple_server.get(f"/v1/customers/{customer_id}", READER).json()
    jsonschema.validate(served, _whole_schema(document, "CustomerProfile"))


def _whole_schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    """The named schema with additional properties refused, and with what it refers to."""
    closed = {
        key: schema | {"additionalProperties": False} for key, schema in document["components"]["schemas"].items()
    }
    return {"$ref": f"#/components/schemas/{name}", "components": {"schemas": closed}}


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from _objects(child)
