"""Errors as RFC 9457 problem documents (`application/problem+json`)."""

import http
import urllib.parse

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

from .audit import AuditUnavailableError
from .faults import WarehouseUnavailableError

MEDIA_TYPE = "application/problem+json"
UNKNOWN_CUSTOMER = "unknown-customer"
FORGOTTEN_CUSTOMER = "forgotten-customer"
UNUSABLE_CURSOR = "unusable-cursor"

PROBLEMS: dict[str, tuple[int, str, str]] = {
    "not-authenticated": (
        401,
        "Not authenticated",
        "The request has no token, or one that has expired. Get one with POST /auth/token.",
    ),
    "not-permitted": (
        403,
        "Not permitted",
        "Airflow did not sign the token, or its user may not read the DAG customer_profiles.",
    ),
    UNKNOWN_CUSTOMER: (404, "Unknown customer", "The customer has no profile."),
    FORGOTTEN_CUSTOMER: (410, "Forgotten customer", "The customer asked to be forgotten: there will be no profile."),
    "not-found": (404, "Not found", "The API has no such address."),
    "method-not-allowed": (405, "Method not allowed", "The address answers other methods: see Allow."),
    UNUSABLE_CURSOR: (409, "Unusable cursor", "The cursor is not a next_cursor of the list with these filters."),
    "request-too-large": (413, "Request too large", "The body is longer than 100,000 bytes."),
    "malformed-request": (422, "Malformed request", "A value does not have the form that the API asks for."),
    "internal-error": (500, "Internal error", "A defect of the API; the API server's log has the details."),
    "warehouse-unavailable": (
        503,
        "Warehouse unavailable",
        "BigQuery is slow or down, or has no profiles yet. Come back after Retry-After seconds.",
    ),
    "audit-log-unavailable": (
        503,
        "Audit log unavailable",
        "Airflow's audit log cannot be written, and nobody's profile is read without it. Come back after Retry-After.",
    ),
}
"""Name of a problem's type -> status code, title, what it means. The docs page has an anchor for each."""

_BY_STATUS = {
    401: "not-authenticated",
    403: "not-permitted",
    404: "not-found",
    405: "method-not-allowed",
    422: "malformed-request",
}
"""Status of an error that says no more -> the problem that it is."""


class InvalidValue(BaseModel):
    """One value of a request that does not have the form that the API asks for."""

    location: str = Field(description="Where the value stands in the request.", examples=["path.customer_id"])
    message: str = Field(
        description="What is wrong with it.", examples=["String should match pattern '^[A-Za-z0-9_-]{1,64}$'"]
    )


class Problem(BaseModel):
    """An error, as RFC 9457 describes it."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": True})

    type: str = Field(
        description="Identifies the kind of problem; leads to its description.",
        examples=["/customer-profiles/v1/docs#unknown-customer"],
    )
    title: str = Field(description="The kind of problem in words.", examples=["Unknown customer"])
    status: int = Field(description="The HTTP status code.", examples=[404])
    detail: str = Field(
        description="What was wrong this time, for a person.",
        examples=["There is no profile of customer 42."],
    )
    instance: str = Field(
        description="The address that was asked for.", examples=["/customer-profiles/v1/customers/42"]
    )
    errors: list[InvalidValue] | None = Field(
        default=None, description="The values that are malformed; with status 422 only."
    )


class UnknownCustomerError(HTTPException):
    """404: the view has no row of this customer."""

    def __init__(self, customer_id: str) -> None:
        super().__init__(404, f"There is no profile of customer {customer_id}.")


class ForgottenCustomerError(HTTPException):
    """410: the customer asked to be forgotten."""

    def __init__(self, customer_id: str) -> None:
        super().__init__(410, f"Customer {customer_id} asked to be forgotten.")


class UnusableCursorError(HTTPException):
    """409: the cursor is none of the list that is asked for."""

    def __init__(self, why: str) -> None:
        super().__init__(409, f"The cursor {why}: begin again without it.")


_OWN_ERRORS: dict[type[StarletteHTTPException], str] = {
    UnknownCustomerError: UNKNOWN_CUSTOMER,
    ForgottenCustomerError: FORGOTTEN_CUSTOMER,
    UnusableCursorError: UNUSABLE_CURSOR,
}


def problem_response(
    request: Request,
    name: str,
    detail: str | None = None,
    *,
    headers: dict[str, str] | None = None,
    errors: list[InvalidValue] | None = None,
) -> JSONResponse:
    """The problem `name` (a key of `PROBLEMS`) as a response; `detail` defaults to the problem's meaning."""
    status, title, meaning = PROBLEMS[name]
    problem = Problem(
        type=f"{request.scope.get('root_path', '')}/v1/docs#{name}",
        title=title,
        status=status,
        detail=detail or meaning,
        instance=urllib.parse.quote(request.scope["path"]),
        errors=errors,
    )
    content = problem.model_dump(mode="json", exclude_none=True)
    return JSONResponse(content, status, headers=headers, media_type=MEDIA_TYPE)


def add_handlers(app: FastAPI) -> None:
    """Make every error of `app` a problem document, also those that its routes do not raise themselves."""
    app.exception_handler(StarletteHTTPException)(_http_error)
    app.exception_handler(RequestValidationError)(_malformed)
    app.exception_handler(WarehouseUnavailableError)(_unavailable)
    app.exception_handler(AuditUnavailableError)(_audit_unavailable)
    app.exception_handler(Exception)(_defect)


def _http_error(request: Request, error: StarletteHTTPException) -> JSONResponse:
    headers = dict(error.headers or {})
    if error.status_code == 401:
        headers["WWW-Authenticate"] = "Bearer"
    for kind, name in _OWN_ERRORS.items():
        if isinstance(error, kind):
            return problem_response(request, name, error.detail)
    if name := _BY_STATUS.get(error.status_code):
        return problem_response(request, name, headers=headers)
    title = http.HTTPStatus(error.status_code).phrase
    content = {"type": "about:blank", "title": title, "status": error.status_code, "detail": error.detail}
    return JSONResponse(content, error.status_code, headers=headers, media_type=MEDIA_TYPE)


def _malformed(request: Request, error: RequestValidationError) -> JSONResponse:
    errors = [
        InvalidValue(location=".".join(str(part) for part in item["loc"]), message=item["msg"])
        for item in error.errors()
    ]
    return problem_response(request, "malformed-request", errors=errors)


def _audit_unavailable(request: Request, error: AuditUnavailableError) -> JSONResponse:
    headers = {"Retry-After": str(error.retry_after)}
    return problem_response(request, "audit-log-unavailable", headers=headers)


def _unavailable(request: Request, error: WarehouseUnavailableError) -> JSONResponse:
    headers = {"Retry-After": str(error.retry_after)}
    return problem_response(request, "warehouse-unavailable", str(error), headers=headers)


def _defect(request: Request, error: Exception) -> JSONResponse:
    # The server error middleware raises the exception again after this answer, so the log has it.
    return problem_response(request, "internal-error")
