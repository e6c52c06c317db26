"""The OpenAPI document of the API."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from .problems import MEDIA_TYPE, PROBLEMS, InvalidValue, Problem
from .schemas_shop import BatchRequest

TITLE = "Customer profiles"
VERSION = "1.1.0"
DESCRIPTION = """\
One profile a customer of a Lightspeed shop: preferences, behaviour, and predictions (next purchase date,
likely products, churn risk), from the BigQuery view `customer_profiles`.

Every address asks for an Airflow token, whose user may read the DAG `customer_profiles`: send it as
`Authorization: Bearer TOKEN`. Errors are problem documents (RFC 9457, `application/problem+json`).
Times are UTC, money is a decimal string in the shop's currency.
"""

_SCHEMA = "#/components/schemas/{model}"


def problem_responses(*names: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with the named problems (keys of `PROBLEMS`)."""
    responses: dict[int | str, dict[str, Any]] = {}
    for name in names:
        status = PROBLEMS[name][0]
        if status in responses:
            responses[status]["description"] += f" Or {PROBLEMS[name][1]}: {PROBLEMS[name][2]}"
        else:
            responses[status] = _problem_response(name)
    return responses


def openapi_document(app: FastAPI, server: str) -> dict[str, Any]:
    """OpenAPI 3.1 of `app`, whose routes are reached below the address `server`."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        servers=[{"url": server or "/"}],
    )
    schemas = document["components"]["schemas"]
    for model in (Problem, InvalidValue, BatchRequest):
        schema = model.model_json_schema(ref_template=_SCHEMA)
        schema.pop("$defs", None)
        schemas[model.__name__] = schema
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


def _problem_response(name: str) -> dict[str, Any]:
    status, title, meaning = PROBLEMS[name]
    example = {
        "type": f"/customer-profiles/v1/docs#{name}",
        "title": title,
        "status": status,
        "detail": meaning,
        "instance": "/customer-profiles/v1/customers/1042",
    }
    schema = {"$ref": _SCHEMA.format(model=Problem.__name__)}
    return {
        "description": f"{title}: {meaning}",
        "content": {MEDIA_TYPE: {"schema": schema, "example": example}},
        **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
    }


_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"description": "Always Bearer.", "schema": {"type": "string"}}},
    503: {
        "Retry-After": {
            "description": "Seconds after which to ask again.",
            "schema": {"type": "integer", "minimum": 1},
        }
    },
}
