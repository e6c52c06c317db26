"""The pages: everything escaped, no script, a strict policy, and an outage told in words."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from plugins.customer_profiles_api import charts
from plugins.customer_profiles_api.faults import SLOW_OR_DOWN, WarehouseUnavailableError
from plugins.customer_profiles_api.page_models import _lift
from plugins.customer_profiles_api.pages import STYLE
from plugins.customer_profiles_api.reader import ProfileReader
from plugins.customer_profiles_api.settings import ApiSettings
from plugins.customer_profiles_api.warehouse import Parameters, Row, Warehouse
from tests.plugins.open_app import AuditTrail, open_app
from tests.plugins.rows import FORGOTTEN, FULL_ROW, KNOWN, MODEL_RUNS, SCORECARD, THIN, THIN_ROW, TODAY

ATTACK = '"><script>alert(1)</script>'


def hostile(value: Any) -> Any:
    """The value with an attack in every text of it."""
    if isinstance(value, str):
        return ATTACK
    if isinstance(value, list):
        return [hostile(item) for item in value]
    return {key: hostile(item) for key, item in value.items()} if isinstance(value, dict) else value


ATTACKED = {"favorite_categories", "favorite_products", "likely_products", "preferred_payment_method", "model_version"}
ATTACKED |= {"content_categories"}


class Shop(Warehouse):
    """A shop whose texts are attacks."""

    scorecard = [row | {"prediction": ATTACK} for row in SCORECARD]  # noqa: RUF012

    def query(self, file: str, values: Parameters) -> list[Row]:
        return getattr(self, file.removesuffix(".sql"))(values)

    def customers(self, values: Parameters) -> list[Row]:
        known = {KNOWN: {key: hostile(value) if key in ATTACKED else value for key, value in FULL_ROW.items()}}
        rows = known | {THIN: THIN_ROW}
        return [
            {
                **rows.get(name, dict.fromkeys(FULL_ROW)),
                "asked_id": name,
                "is_forgotten": name == FORGOTTEN,
                "profile_version": "1",
            }
            for name in values["customer_ids"][1]
        ]

    def timeline(self, values: Parameters) -> list[Row]:
        if values["customer_id"][1] == THIN:
            return []
        noon = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
        days = [TODAY - dt.timedelta(days=5), TODAY]
        return [{"day": day, "sales": 1, "amount": -2.5, "items": 1, "ingested_at": noon} for day in days]

    def shop(self, values: Parameters) -> list[Row]:
        at_risk = [{"customer_id": ATTACK, "churn_risk": 0.9, "days_since_last_purchase": None, "total_spent": 3}]
        due = [
            {
                "customer_id": KNOWN,
                "next_purchase_date": TODAY,
                "average_purchase_value": None,
                "favorite_category": ATTACK,
            }
        ]
        bands = [{"band": "high", "customers": 1, "spent_last_90_days": 0, "total_spent": 3}]
        own = {"due_customers": 1, "as_of": TODAY, "churn_horizon_days": 90}
        return [{"bands": bands, "at_risk": at_risk, "due": due, **own}]

    def freshness(self, values: Parameters) -> list[Row]:
        return [{"sales_today": None, "p95_seconds": None, "max_seconds": None, "last_batch_at": None}]

    def model(self, values: Parameters) -> list[Row]:
        trained_at = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
        own = {"trained_at": trained_at, "scorecard": self.scorecard}
        attacked = [run | own | {"metrics": hostile(run["metrics"])} for run in MODEL_RUNS]
        return attacked + [run | own for run in MODEL_RUNS]


class Down(Warehouse):
    """BigQuery is down."""

    def query(self, file: str, values: Parameters) -> list[Row]:
        raise WarehouseUnavailableError(SLOW_OR_DOWN, 10)


def client_with(warehouse: type[Warehouse], audit: AuditTrail | None = None) -> TestClient:
    settings = ApiSettings()
    return TestClient(open_app(ProfileReader(settings, warehouse(settings)), audit))


PAGES = [f"customer?id={KNOWN}", f"customer?id={THIN}", "customer", "customer?id=%22%3E%3Cscript%3E", "shop", "model"]


@pytest.mark.parametrize("page", PAGES)
def test_text_from_the_shop_or_the_address_is_never_markup(page: str):
    text = client_with(Shop).get(f"/pages/{page}").text
    assert "<script" not in text
    assert not re.search(r"""\bstyle\s*=|\bon\w+\s*=|(?:src|href)\s*=\s*["'](?:https?:)?//""", text)


@pytest.mark.parametrize("page", PAGES)
def test_the_policy_allows_one_style_sheet_and_forms_that_stay_here(page: str):
    answer = client_with(Shop).get(f"/pages/{page}")
    policy = answer.headers["content-security-policy"]
    assert policy == STYLE.policy
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'; frame-ancestors 'self'" in policy
    assert answer.headers["cache-control"] == "no-store"


def test_the_customer_page_shows_every_prediction_with_its_reason_and_age():
    text = client_with(Shop).get(f"/pages/customer?id={KNOWN}").text
    for shown in ("7 %", "2026-11-28", "2026-11-25", "2026-12-04", "1840.25", "customer_profiles"):
        assert shown in text
    assert text.count("<svg") == 2


def test_the_customer_page_shows_each_source_and_no_zero_for_one_that_is_unknown():
    text = client_with(Shop).get(f"/pages/customer?id={KNOWN}").text
    for shown in (
        "48 days with a purchase",
        "2 from and 5 to",
        "9 visits with 31 pages",
        "3 interactions",
    ):
        assert shown in text
    unknown = client_with(Shop).get(f"/pages/customer?id={THIN}").text
    for shown in ("<td>E-mail</td><td>not connected</td>", "<td>no sign-in of the customer is known</td>"):
        assert shown in unknown


def test_the_model_page_tells_what_became_of_the_predictions_and_what_drifted():
    text = client_with(Shop).get("/pages/model").text
    assert "30 customers predicted on 2026-08-24" in text
    assert "held for 90 %" in text
    assert "calibration error" in text
    assert "0.050" in text
    assert text.count("<svg") == 6


def test_without_an_outcome_the_model_page_says_so():
    class Young(Shop):
        scorecard = []  # noqa: RUF012

    assert "No prediction is old enough yet" in client_with(Young).get("/pages/model").text


def test_the_lift_counts_those_at_highest_risk_first():
    tenths = [row for row in SCORECARD if row["metric"] == "calibration"]
    assert _lift(tenths) == [
        (0.0, 0.0),
        (pytest.approx(1 / 3), pytest.approx(8 / 14)),
        (pytest.approx(2 / 3), pytest.approx(13 / 14)),
        (1.0, pytest.approx(1)),
    ]


def test_a_missing_prediction_is_told_with_its_reason():
    text = client_with(Shop).get(f"/pages/customer?id={THIN}").text
    assert "No figure: one_purchase_day" in text
    assert "No date: one_purchase_day" in text
    assert "None: no_products" in text


@pytest.mark.parametrize(("customer_id", "status"), [("unknown", 404), (FORGOTTEN, 410), ("a%20b", 422)])
def test_a_customer_without_a_profile_is_told_on_the_page(customer_id: str, status: int):
    audit = AuditTrail()
    answer = client_with(Shop, audit).get(f"/pages/customer?id={customer_id}")
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert audit.rows == []


@pytest.mark.parametrize("page", [f"customer?id={KNOWN}", "shop", "model"])
def test_an_outage_is_told_on_a_page_with_the_time_to_come_back(page: str):
    answer = client_with(Down).get(f"/pages/{page}")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "10"
    assert SLOW_OR_DOWN in answer.text


@pytest.mark.parametrize("page", PAGES)
def test_a_keyboard_reaches_everything_and_a_phone_can_scroll_tables(page: str):
    text = client_with(Shop).get(f"/pages/{page}").text
    assert 'name="viewport"' in text
    assert '<a class="skip" href="#content">' in text
    assert text.count('class="table" tabindex="0" role="region"') == text.count("<table>")


def test_charts_of_nothing_and_of_one_value_are_drawn():
    day = dt.date(2026, 11, 24)
    for chart in (
        charts.timeline([], day, day, "empty"),
        charts.timeline([(day, 0.0)], day, day, "zero"),
        charts.bars([], "empty"),
        charts.curve([(0.0, 0.0)], "one"),
        charts.interval(day, 0, day, day, None),
    ):
        assert "nan" not in chart
        assert chart.startswith("<svg")
