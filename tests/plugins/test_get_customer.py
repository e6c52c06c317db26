"""A profile over HTTP: Airflow's API server, its Google connection, and the view on the local BigQuery."""

from __future__ import annotations

import httpx
import pytest

from tests.plugins.api_server import READER, ApiServer
from tests.plugins.rows import AT_RISK, FORGOTTEN, FULL_ROW, KNOWN, LARGE_MONEY, THIN

pytestmark = pytest.mark.services


def profile(server: ApiServer, customer_id: str) -> dict:
    answer = server.get(f"/v1/customers/{customer_id}", READER)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_profile_has_the_newest_row_in_the_users_shape(simple_server: ApiServer):
    served = profile(simple_server, KNOWN)
    assert served["id"] == KNOWN
    assert served["as_of"] == "2026-11-24"
    assert served["sales_watermark"] == "2026-11-23T22:58:31Z"
    assert served["preferences"]["favorite_categories"] == FULL_ROW["favorite_categories"]
    assert served["preferences"]["favorite_products"] == FULL_ROW["favorite_products"]
    assert served["behavior"]["purchases"]["purchases"] == 48
    assert served["behavior"]["purchases"]["last_purchase_at"] == "2026-11-21T18:05:00Z"
    assert served["predictions"]["churn_risk"] == 0.07
    assert served["predictions"]["likely_products"] == FULL_ROW["likely_products"]


def test_a_channel_that_is_not_connected_or_knows_nothing_of_the_customer_says_so_and_shows_no_zero(
    simple_server: ApiServer,
):
    behavior = profile(simple_server, THIN)["behavior"]
    statuses = {"email": "not_connected", "content": "no_match", "social": "not_connected"}
    for channel, status in statuses.items():
        assert behavior[channel].pop("status") == status
        assert set(behavior[channel].values()) == {None}


def test_a_connected_channel_shows_what_the_customer_did(simple_server: ApiServer):
    served = profile(simple_server, KNOWN)
    for channel in ("email", "content", "social"):
        expected = {name: FULL_ROW[f"{channel}_{name}"] for name in served["behavior"][channel]}
        assert served["behavior"][channel] == expected
        assert expected["status"] == "connected"
    assert served["preferences"]["content_categories"] == FULL_ROW["content_categories"]
    assert served["preferences"]["email_hour"] == FULL_ROW["email_hour"]


def test_money_is_a_decimal_string_with_two_decimals(simple_server: ApiServer):
    purchases = profile(simple_server, KNOWN)["behavior"]["purchases"]
    assert purchases["total_spent"] == "1840.25"
    assert purchases["spent_last_90_days"] == "512.40"
    assert purchases["average_purchase_value"] == "38.91"
    large = profile(simple_server, LARGE_MONEY)["behavior"]["purchases"]
    assert large["total_spent"] == "12345678901234567890.12"


def test_the_interval_of_the_next_date_says_its_coverage_and_may_be_open(simple_server: ApiServer):
    closed = profile(simple_server, KNOWN)["predictions"]["next_purchase_date_interval"]
    assert closed == {"earliest": "2026-11-25", "latest": "2026-12-04", "coverage": 0.8}
    assert profile(simple_server, LARGE_MONEY)["predictions"]["next_purchase_date_interval"]["latest"] is None


def test_a_list_keeps_to_every_filter_and_leaves_the_forgotten_out(simple_server: ApiServer):
    def ids(query: str) -> list[str]:
        answer = simple_server.get(f"/v1/customers?{query}", READER)
        assert answer.status_code == 200, answer.text
        return [profile["id"] for profile in answer.json()["profiles"]]

    assert ids("") == [LARGE_MONEY, KNOWN, AT_RISK]
    assert ids("churn_risk_band=high") == [AT_RISK]
    assert ids("segment=champion") == [LARGE_MONEY, KNOWN]
    assert ids("expected_from=2026-11-28&expected_to=2026-11-28") == [LARGE_MONEY, KNOWN]
    assert ids("category=Dairy&churn_risk_band=low") == [LARGE_MONEY, KNOWN]
    assert ids("category=Nothing") == []


def test_who_opted_out_of_contact_is_on_no_list_unless_asked_for(simple_server: ApiServer):
    def ids(query: str) -> set[str]:
        return {each["id"] for each in simple_server.get(f"/v1/customers{query}", READER).json()["profiles"]}

    assert ids("?include_opted_out=true") - ids("") == {THIN}


def test_the_pages_of_a_list_have_everybody_once(simple_server: ApiServer):
    seen, cursor = [], ""
    while True:
        page = simple_server.get(f"/v1/customers?limit=1&include_opted_out=true{cursor}", READER).json()
        seen += [profile["id"] for profile in page["profiles"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [LARGE_MONEY, KNOWN, AT_RISK, THIN]


def test_a_cursor_of_other_filters_is_a_409(simple_server: ApiServer):
    cursor = simple_server.get("/v1/customers?limit=1", READER).json()["next_cursor"]
    answer = simple_server.get(f"/v1/customers?limit=1&churn_risk_band=low&cursor={cursor}", READER)
    assert answer.status_code == 409
    assert answer.json()["type"] == "/customer-profiles/v1/docs#unusable-cursor"


def test_a_prediction_without_enough_data_is_null_with_its_reason(simple_server: ApiServer):
    predictions = profile(simple_server, THIN)["predictions"]
    assert predictions["next_purchase_date"] is None
    assert predictions["next_purchase_date_interval"] is None
    assert predictions["next_purchase_date_reason"] == "one_purchase_day"
    assert predictions["churn_risk"] is None
    assert predictions["churn_risk_reason"] == "one_purchase_day"
    assert predictions["likely_products"] == []
    assert predictions["likely_products_reason"] == "no_products"


def test_an_unknown_customer_is_a_404(simple_server: ApiServer):
    answer = simple_server.get("/v1/customers/1043", READER)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "/customer-profiles/v1/docs#unknown-customer",
        "title": "Unknown customer",
        "status": 404,
        "detail": "There is no profile of customer 1043.",
        "instance": "/customer-profiles/v1/customers/1043",
    }


@pytest.mark.parametrize("customer_id", ["10%2042", "1042%27%20OR%20TRUE--", "x" * 65, "%00", "%C3%BC", "1042%3B"])
def test_a_malformed_id_is_a_422(simple_server: ApiServer, customer_id: str):
    answer = simple_server.get(f"/v1/customers/{customer_id}", READER)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["location"] for error in answer.json()["errors"]] == ["path.customer_id"]


def test_a_profile_is_personal_no_shared_cache_may_keep_it(simple_server: ApiServer):
    assert simple_server.get(f"/v1/customers/{KNOWN}", READER).headers["cache-control"] == "private, no-cache"
    assert simple_server.get("/v1/customers", READER).headers["cache-control"] == "no-store"


def test_a_customer_who_asked_to_be_forgotten_is_a_410_even_with_a_row_left(simple_server: ApiServer):
    answer = simple_server.get(f"/v1/customers/{FORGOTTEN}", READER)
    assert answer.status_code == 410
    assert answer.json()["type"] == "/customer-profiles/v1/docs#forgotten-customer"


def test_a_profile_that_the_caller_has_is_a_304(simple_server: ApiServer):
    token = {"Authorization": f"Bearer {simple_server.token(READER)}"}
    url = f"{simple_server.api}/v1/customers/{KNOWN}"
    etag = httpx.get(url, headers=token, timeout=30).headers["etag"]
    again = httpx.get(url, headers=token | {"If-None-Match": f'"other", W/{etag}'}, timeout=30)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert httpx.get(url, headers=token | {"If-None-Match": '"other"'}, timeout=30).status_code == 200


def test_the_model_comes_with_the_newest_grades_and_the_newest_drift(simple_server: ApiServer):
    report = simple_server.get("/v1/model", READER).json()
    assert report["model_version"] == "2026-11-24"
    assert [(grade["metric"], grade["tenth"]) for grade in report["scorecard"]] == [
        *(("calibration", tenth) for tenth in (1, 2, 3)),
        ("calibration_error", None),
        ("interval_coverage", None),
        ("psi", None),
    ]


def test_the_profile_is_served_under_the_fab_auth_manager_alike(simple_server: ApiServer, fab_server: ApiServer):
    assert profile(fab_server, KNOWN) == profile(simple_server, KNOWN)
