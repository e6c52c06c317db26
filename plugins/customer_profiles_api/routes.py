"""The routes below `/v1`.

Those that ask BigQuery are plain `def`: FastAPI runs them in its threads, so that none blocks the event loop. One
profile is served from memory without a thread, and asks BigQuery in one only when it is not there.
"""

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from pydantic import BeforeValidator, ValidationError

from . import cursors
from .audit import AuditLog
from .documents import openapi_document, problem_responses
from .etags import is_known
from .mapping import profile_from_row
from .problems import ForgottenCustomerError, UnknownCustomerError, UnusableCursorError
from .reader import Filters, ProfileReader, StoredProfile, position_of
from .reference import CONTENT_SECURITY_POLICY, reference_page
from .schemas import CUSTOMER_ID_PATTERN, ChurnRiskBand, CustomerProfile, Segment
from .schemas_shop import (
    DEFAULT_PAGE,
    LARGEST_PAGE,
    BatchRequest,
    BatchResponse,
    CustomerPage,
    Freshness,
    Health,
    ModelReport,
)
from .security import reader_name

router = APIRouter(prefix="/v1")

PROMISED_SECONDS = 60
"""A completed sale is queryable within this time."""

CustomerId = Annotated[
    str,
    Path(
        description="Lightspeed's customer id: 1 to 64 letters, digits, hyphens or underscores.",
        pattern=CUSTOMER_ID_PATTERN,
        examples=["1042"],
    ),
]


def _day_text(value: object) -> object:
    """Pydantic also reads numbers and times as days: the API takes YYYY-MM-DD only."""
    if isinstance(value, str) and len(value) != len("YYYY-MM-DD"):
        raise ValueError("Input should be a day as YYYY-MM-DD")
    return value


Day = Annotated[dt.date, BeforeValidator(_day_text)]


async def reader_of_app(request: Request) -> ProfileReader:
    """The reader that `create_app` gave the app."""
    return request.app.state.reader


async def audit_of_app(request: Request) -> AuditLog:
    """The audit log that `create_app` gave the app."""
    return request.app.state.audit


async def batch_of(request: Request) -> BatchRequest:
    """The body, read after the guard: nobody without the permission learns what is wrong with it."""
    try:
        return BatchRequest.model_validate_json(await request.body())
    except ValidationError as error:
        errors = [{**item, "loc": ("body", *item["loc"])} for item in error.errors()]
        raise RequestValidationError(errors) from None


Reader = Annotated[ProfileReader, Depends(reader_of_app)]
Audit = Annotated[AuditLog, Depends(audit_of_app)]
ReaderName = Annotated[str, Depends(reader_name)]

_GUARDED = ("not-authenticated", "not-permitted", "warehouse-unavailable")
_ETAG = {"ETag": {"description": "The profile's version; send it as If-None-Match.", "schema": {"type": "string"}}}


@router.get(
    "/customers/{customer_id}",
    operation_id="get_customer",
    summary="One customer's profile",
    response_description="The newest profile of the customer.",
    response_model=CustomerProfile,
    responses={
        200: {"headers": _ETAG},
        304: {"description": "The profile has the version that If-None-Match names.", "headers": _ETAG},
        **problem_responses(
            *_GUARDED, "audit-log-unavailable", "unknown-customer", "forgotten-customer", "malformed-request"
        ),
    },
    tags=["customers"],
)
async def get_customer(
    customer_id: CustomerId,
    reader: Reader,
    audit: Audit,
    name: ReaderName,
    if_none_match: Annotated[
        str | None,
        Header(description="Entity tags that the caller has: 304 if one is current.", max_length=1000),
    ] = None,
) -> Response:
    """Preferences, behaviour and predictions of one customer, from the BigQuery view `customer_profiles`.

    Profiles are made once a day: `as_of` says for which day, `sales_watermark` up to which sale.
    """
    stored = reader.recall(customer_id) or await run_in_threadpool(_found, reader, customer_id)
    await audit.record_async("customer_profile.read", name, [customer_id])
    headers = {"ETag": stored.etag, "Cache-Control": "private, no-cache"}
    if is_known(stored.etag, if_none_match):
        return Response(status_code=304, headers=headers)
    return Response(stored.body, headers=headers, media_type="application/json")


@router.post(
    "/customers:batchGet",
    operation_id="batch_get_customers",
    summary="The profiles of up to 1,000 customers",
    response_description="Each id is in exactly one of the three lists.",
    response_model=BatchResponse,
    responses=problem_responses(*_GUARDED, "audit-log-unavailable", "request-too-large", "malformed-request"),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/BatchRequest"}}},
        }
    },
    tags=["customers"],
)
def batch_get_customers(
    batch: Annotated[BatchRequest, Depends(batch_of)], reader: Reader, audit: Audit, name: ReaderName
) -> Response:
    """The same profiles as one by one, with one query for all that are not in memory."""
    found = reader.find(list(dict.fromkeys(batch.customer_ids)))
    audit.record("customer_profile.batch_read", name, list(found.profiles))
    rest = BatchResponse(profiles=[], unknown=found.unknown, forgotten=found.forgotten)
    head, tail = rest.model_dump_json().encode().split(b"[]", 1)
    bodies = b",".join(stored.body for stored in found.profiles.values())
    return Response(head + b"[" + bodies + b"]" + tail, media_type="application/json")


@router.get(
    "/customers",
    operation_id="list_customers",
    summary="A call list: customers that pass the filters",
    response_description="A page of profiles, those who spent most first.",
    responses=problem_responses(*_GUARDED, "audit-log-unavailable", "unusable-cursor", "malformed-request"),
    tags=["customers"],
)
def list_customers(
    reader: Reader,
    audit: Audit,
    name: ReaderName,
    churn_risk_band: Annotated[ChurnRiskBand | None, Query(description="Only customers of this band.")] = None,
    segment: Annotated[Segment | None, Query(description="Only customers of this rfm_segment.")] = None,
    expected_from: Annotated[
        Day | None, Query(description="Only customers whose next_purchase_date is this day (UTC) or later.")
    ] = None,
    expected_to: Annotated[
        Day | None, Query(description="Only customers whose next_purchase_date is this day (UTC) or earlier.")
    ] = None,
    category: Annotated[
        str | None,
        Query(
            description="Only customers with this category among their favorite_categories.",
            min_length=1,
            max_length=200,
        ),
    ] = None,
    include_opted_out: Annotated[
        bool,
        Query(
            description="Also customers who opted out of contact; for figures, never for a list of people to contact."
        ),
    ] = False,
    limit: Annotated[int, Query(description="Profiles on a page.", ge=1, le=LARGEST_PAGE)] = DEFAULT_PAGE,
    cursor: Annotated[
        str | None, Query(description="next_cursor of the page before.", min_length=1, max_length=cursors.LONGEST)
    ] = None,
) -> CustomerPage:
    """Who to call: for example those at high risk, or those due this week, the most valuable first.

    Customers who opted out of contact are left out.
    """
    filters = Filters(churn_risk_band, segment, expected_from, expected_to, category, include_opted_out)
    rows = reader.page(filters, _position(cursor, filters), limit + 1)
    audit.record("customer_profile.list", name, [row["customer_id"] for row in rows[:limit]])
    following = cursors.encode(position_of(rows[limit - 1]), repr(filters)) if len(rows) > limit else None
    return CustomerPage(profiles=[profile_from_row(row) for row in rows[:limit]], next_cursor=following)


@router.get(
    "/model",
    operation_id="get_model",
    summary="The models behind the profiles",
    response_description="The newest training run with the figures of its backtest.",
    responses=problem_responses(*_GUARDED),
    tags=["shop"],
)
def get_model(reader: Reader) -> ModelReport:
    """What the current models learned from, which of them serve, and how they did beside their challengers."""
    run = reader.model_runs()[0]
    own = {key: run[key] for key in _RUN_FIELDS}
    return ModelReport(figures=run["metrics"] or [], scorecard=run["scorecard"] or [], **own)


_RUN_FIELDS = [name for name in ModelReport.model_fields if name not in ("figures", "scorecard")]


@router.get(
    "/freshness",
    operation_id="get_freshness",
    summary="How fresh sales and profiles are",
    response_description="Today's figures.",
    responses=problem_responses(*_GUARDED),
    tags=["shop"],
)
def get_freshness(reader: Reader) -> Freshness:
    """Seconds from a sale's completion to its row being queryable, today (UTC), and what the profiles know."""
    today = dt.datetime.now(dt.UTC).date()
    row = reader.freshness(today)
    row["sales_today"] = row["sales_today"] or 0
    return Freshness(promised_seconds=PROMISED_SECONDS, day=today, **row)


@router.get(
    "/health",
    operation_id="get_health",
    summary="Whether profiles can be served now",
    response_description="BigQuery has answered.",
    responses=problem_responses(*_GUARDED),
    tags=["shop"],
)
def get_health(reader: Reader) -> Health:
    """Ask BigQuery for the profiles' version: one small query. A 503 says why it cannot."""
    version = reader.check_version()
    return Health(status="ok", cached_profiles=len(reader.cache), profile_version=version)


@router.get("/openapi.json", include_in_schema=False)
def get_openapi_document(request: Request) -> dict[str, Any]:
    """The OpenAPI document, with the address that this server is reached at."""
    return openapi_document(request.app, request.scope.get("root_path", ""))


@router.get("/docs", include_in_schema=False)
def get_docs_page(request: Request) -> HTMLResponse:
    """The reference of the API as a page: made here from the OpenAPI document, without any script."""
    page = reference_page(openapi_document(request.app, request.scope.get("root_path", "")))
    return HTMLResponse(page, headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY})


def _found(reader: ProfileReader, customer_id: str) -> StoredProfile:
    found = reader.find([customer_id])
    if found.forgotten:
        raise ForgottenCustomerError(customer_id)
    if found.unknown:
        raise UnknownCustomerError(customer_id)
    return found.profiles[customer_id]


def _position(cursor: str | None, filters: Filters) -> cursors.Position | None:
    if cursor is None:
        return None
    try:
        return cursors.decode(cursor, repr(filters))
    except cursors.InvalidCursorError as error:
        raise UnusableCursorError(str(error)) from None
