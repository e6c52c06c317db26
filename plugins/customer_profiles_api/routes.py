"""The routes below `/v1`. Plain `def`: FastAPI runs them in its threads, so none blocks the event loop."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse

from .documents import openapi_document, problem_responses
from .mapping import profile_from_row
from .problems import UnknownCustomerError
from .reference import CONTENT_SECURITY_POLICY, reference_page
from .schemas import CUSTOMER_ID_PATTERN, CustomerProfile
from .warehouse import BigQueryProfiles

router = APIRouter(prefix="/v1")

CustomerId = Annotated[
    str,
    Path(
        description="Lightspeed's customer id: 1 to 64 letters, digits, hyphens or underscores.",
        pattern=CUSTOMER_ID_PATTERN,
        examples=["1042"],
    ),
]


def profiles_of_app(request: Request) -> BigQueryProfiles:
    """The profile reader that `create_app` gave the app."""
    return request.app.state.profiles


@router.get(
    "/customers/{customer_id}",
    operation_id="get_customer",
    summary="One customer's profile",
    response_description="The newest profile of the customer.",
    responses=problem_responses(
        "not-authenticated", "not-permitted", "unknown-customer", "malformed-request", "warehouse-unavailable"
    ),
    tags=["customers"],
)
def get_customer(
    customer_id: CustomerId, profiles: Annotated[BigQueryProfiles, Depends(profiles_of_app)]
) -> CustomerProfile:
    """Preferences, behaviour and predictions of one customer, from the BigQuery view `customer_profiles`.

    Profiles are made once a day: `as_of` says for which day, `sales_watermark` up to which sale.
    """
    row = profiles.read(customer_id)
    if row is None:
        raise UnknownCustomerError(customer_id)
    return profile_from_row(row)


@router.get("/openapi.json", include_in_schema=False)
def get_openapi_document(request: Request) -> dict[str, Any]:
    """The OpenAPI document, with the address that this server is reached at."""
    return openapi_document(request.app, request.scope.get("root_path", ""))


@router.get("/docs", include_in_schema=False)
def get_docs_page(request: Request) -> HTMLResponse:
    """The reference of the API as a page: made here from the OpenAPI document, without any script."""
    page = reference_page(openapi_document(request.app, request.scope.get("root_path", "")))
    return HTMLResponse(page, headers={"Content-Security-Policy": CONTENT_SECURITY_POLICY})
