"""The pages in Airflow's UI: one customer, the shop, the models. Made on the server, without any script."""

import datetime as dt
import functools
import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from . import charts
from .audit import AuditUnavailableError
from .faults import WarehouseUnavailableError
from .page_models import model_values
from .reader import ProfileReader
from .routes import PROMISED_SECONDS, Audit, Reader, ReaderName
from .schemas import CUSTOMER_ID_PATTERN, CustomerProfile
from .templating import page, style

router = APIRouter(prefix="/pages", include_in_schema=False)

NAVIGATION = (("customer", "Customer"), ("shop", "Shop"), ("model", "Models"))
STYLE = style("pages.css", "'self'")
BANDS = ("high", "medium", "low", "unknown")

Page = Callable[..., HTMLResponse]


def _answer(
    template: str, values: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None
) -> HTMLResponse:
    text = page(template, style=STYLE.text, navigation=NAVIGATION, **values)
    return HTMLResponse(text, status, headers={"Content-Security-Policy": STYLE.policy, **(headers or {})})


def _told_on_a_page(route: Page) -> Page:
    """Answer an outage with a page: people do not read problem documents."""

    @functools.wraps(route)
    def answering(*arguments: Any, **named: Any) -> HTMLResponse:
        try:
            return route(*arguments, **named)
        except (WarehouseUnavailableError, AuditUnavailableError) as error:
            values = {"here": "", "title": "Not available now", "message": str(error)}
            return _answer("message.html", values, 503, {"Retry-After": str(error.retry_after)})

    return answering


@router.get("/customer")
@_told_on_a_page
def customer_page(
    reader: Reader,
    audit: Audit,
    name: ReaderName,
    customer_id: Annotated[str, Query(alias="id", max_length=64)] = "",
) -> HTMLResponse:
    """Look a customer up."""
    customer_id = customer_id.strip()
    if not customer_id:
        return _nobody(200, "", "Enter Lightspeed's customer id.")
    if not re.fullmatch(CUSTOMER_ID_PATTERN, customer_id):
        return _nobody(422, customer_id, "A customer id has 1 to 64 letters, digits, hyphens or underscores.")
    found = reader.find([customer_id])
    if found.forgotten:
        return _nobody(410, customer_id, f"Customer {customer_id} asked to be forgotten.")
    if found.unknown:
        return _nobody(404, customer_id, f"There is no profile of customer {customer_id}.")
    audit.record("customer_profile.page", name, [customer_id])
    return _customer(found.profiles[customer_id].profile, reader)


@router.get("/shop")
@_told_on_a_page
def shop_page(reader: Reader, audit: Audit, name: ReaderName) -> HTMLResponse:
    """Who is at risk and what they are worth, who is due this week, and how fresh the sales are."""
    today = dt.datetime.now(dt.UTC).date()
    shop, freshness = reader.shop(today), reader.freshness(today)
    at_risk, due = shop["at_risk"] or [], shop["due"] or []
    audit.record("customer_profile.list", name, [person["customer_id"] for person in [*at_risk, *due]])
    by_band = {band["band"]: band for band in shop["bands"] or []}
    bands = [by_band[band] for band in BANDS if band in by_band]
    chart = charts.bars(
        [(band["band"], band["customers"], f"{band['customers']:,}") for band in bands], "Customers by churn risk"
    )
    values = {
        "here": "shop",
        "title": "Shop",
        "promised": PROMISED_SECONDS,
        "today": today,
        "shop": shop,
        "freshness": freshness,
        "chart": chart,
        "bands": bands,
        "at_risk": at_risk,
        "due": due,
    }
    return _answer("shop.html", values)


@router.get("/model")
@_told_on_a_page
def model_page(reader: Reader) -> HTMLResponse:
    """What serves, how good it was, and whether it gets worse."""
    today = dt.datetime.now(dt.UTC).date()
    values = model_values(reader.model_runs(), reader.grades(today))
    return _answer("model.html", {"here": "model", "title": "Models", **values})


def _nobody(status: int, customer_id: str, message: str) -> HTMLResponse:
    values = {"here": "customer", "title": "Customer", "customer_id": customer_id, "message": message}
    return _answer("customer.html", {**values, "profile": None}, status)


def _customer(profile: CustomerProfile, reader: ProfileReader) -> HTMLResponse:
    today = dt.datetime.now(dt.UTC).date()
    days = reader.timeline(profile.id, today)
    points = [(day["day"], float(day["amount"])) for day in days]
    first = min([day for day, _ in points], default=today)
    values = {
        "here": "customer",
        "title": f"Customer {profile.id}",
        "customer_id": profile.id,
        "message": "",
        "profile": profile,
        "days": days[:10],
        "timeline": charts.timeline(points, first, today, "Purchases, money a day") if points else "",
        "interval": _interval(profile),
        "age_days": (today - profile.as_of).days,
    }
    return _answer("customer.html", values)


def _interval(profile: CustomerProfile) -> str:
    predictions = profile.predictions
    span = predictions.next_purchase_date_interval
    if predictions.next_purchase_date is None or span is None:
        return ""
    days = predictions.churn_horizon_days or 30
    return charts.interval(profile.as_of, days, span.earliest, predictions.next_purchase_date, span.latest)
