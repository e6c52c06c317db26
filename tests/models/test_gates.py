"""Quality gates: each breaker breaks, nothing is published then, and warnings stop nothing."""

from __future__ import annotations

import datetime as dt

import pytest
from airflow.sdk.exceptions import AirflowFailException
from google.api_core.exceptions import BadRequest

from include.forgetting import objections
from include.forgetting.people import digest, key_id
from include.models import gates, sources
from include.models.queries import Dataset
from tests.chat import connect

AS_OF = dt.date(2026, 2, 1)
YESTERDAY = dt.date(2026, 1, 31)

KEY = "a key of the tests only"
CHURN, DAYS = "0.2", "5.0, 1.0, 9.0"


class Shop:
    """Two customers with features, and yesterday's profiles of both."""

    def __init__(self, client, dataset: str) -> None:
        self.data = Dataset(client, dataset)
        self.staging = f"{dataset}.gate_staging"
        for customer in "ab":
            self.insert(
                "customer_features",
                "snapshot_date, customer_id, bucket, recency_days, tenure_days, purchases",
                f"DATE '{AS_OF}', '{customer}', 1, 3, 30, 4",
            )
        self.insert(
            "customer_profiles_v1",
            "customer_id, as_of, churn_risk_reason, next_purchase_date_reason, model_version",
            f"'a', DATE '{YESTERDAY}', 'r', 'r', 'old'",
        )
        self.run(f"CREATE OR REPLACE TABLE `{self.staging}` AS SELECT * FROM `{dataset}.customer_predictions` LIMIT 0")

    def run(self, statement: str) -> list:
        return list(self.data.client.query_and_wait(statement))

    def insert(self, table: str, columns: str, values: str) -> None:
        name = self.staging if table == "staging" else f"{self.data.name}.{table}"
        self.run(f"INSERT INTO `{name}` ({columns}) VALUES ({values})")

    def predict(self, customer: str, churn: str = CHURN, days: str = DAYS, as_of: dt.date = AS_OF) -> None:
        columns = (
            "customer_id, as_of, model_version, horizon_days, churn_probability, days_to_next, days_to_next_low,"
            " days_to_next_high, next_purchase_date, method"
        )
        self.insert(
            "staging",
            columns,
            f"'{customer}', DATE '{as_of}', 'new', 30, {churn}, {days}, DATE '2026-02-06', 'trained'",
        )

    def publish(self) -> None:
        gates.publish(self.data, self.staging, AS_OF, sources.ALL, "")

    def shown(self) -> set[tuple[str, str]]:
        rows = self.run(f"SELECT customer_id, model_version FROM `{self.data.name}.customer_profiles`")
        return {(row["customer_id"], row["model_version"]) for row in rows}


@pytest.fixture
def shop(bigquery_client, dataset) -> Shop:
    return Shop(bigquery_client, dataset)


OBJECTION = "The customer objected to profiling."


@pytest.mark.services
def test_who_objects_to_profiling_has_a_profile_without_predictions_and_with_the_reason(shop: Shop):
    shop.insert("customer_objections", "customer_id, purpose, objected_at", "'a', 'profiling', CURRENT_TIMESTAMP()")
    for customer in "ab":
        shop.predict(customer)
    shop.publish()
    profiles = {
        row["customer_id"]: (row["churn_risk"], row["churn_risk_reason"], row["next_purchase_date_reason"])
        for row in shop.run(f"SELECT * FROM `{shop.data.name}.customer_profiles`")
    }
    assert profiles["a"] == (None, OBJECTION, OBJECTION)
    assert profiles["b"] == (0.2, None, None)
    kept = shop.run(
        f"SELECT method, churn_probability AS churn, days_to_next AS days FROM `{shop.data.name}.customer_predictions`"
        " WHERE customer_id = 'a'"
    )
    assert [tuple(row.values()) for row in kept] == [("withheld", None, None)]


@pytest.mark.services
def test_an_objection_takes_back_what_is_published_and_may_be_withdrawn(shop: Shop):
    for customer in "ab":
        shop.predict(customer)
    shop.publish()
    at = dt.datetime(2026, 2, 1, 12, tzinfo=dt.UTC)
    for _ in range(2):
        objections.write(shop.data, "a", "profiling", False, at)
    objections.write(shop.data, "b", "contact", False, at)
    profiles = shop.run(
        f"SELECT customer_id, churn_risk, likely_products_reason AS why FROM `{shop.data.name}.customer_profiles`"
        " ORDER BY customer_id"
    )
    assert [tuple(row.values())[:2] for row in profiles] == [("a", None), ("b", 0.2)]
    assert profiles[0]["why"] == OBJECTION
    left = shop.run(f"SELECT customer_id FROM `{shop.data.name}.customer_predictions`")
    assert [row["customer_id"] for row in left] == ["b"]
    out = shop.run(f"SELECT customer_id FROM `{shop.data.name}.opted_out_customers`")
    assert [row["customer_id"] for row in out] == ["b"]
    objections.write(shop.data, "a", "profiling", True, at)
    assert len(shop.run(f"SELECT customer_id FROM `{shop.data.name}.customer_objections`")) == 1


@pytest.mark.services
def test_predictions_of_somebody_who_was_forgotten_meanwhile_are_not_published(shop: Shop):
    shop.insert(
        "forgotten_customers",
        "customer_sha256, forgotten_at, key_id",
        f"'{digest(KEY, 'a')}', CURRENT_TIMESTAMP(), '{key_id(KEY)}'",
    )
    for customer in "ab":
        shop.predict(customer)
    with pytest.raises(BadRequest, match="another FORGET_KEY"):
        shop.publish()
    gates.publish(shop.data, shop.staging, AS_OF, sources.ALL, "", KEY)
    assert shop.shown() == {("b", "new")}
    assert [row["n"] for row in shop.run(f"SELECT COUNT(*) AS n FROM `{shop.data.name}.customer_features`")] == [1]


BROKEN = {
    "the new predictions have a customer twice": [("a",), ("a",), ("b",)],
    "not one for each customer with features": [("a",)],
    "a new churn_probability is not between 0 and 1": [("a", "1.5"), ("b",)],
    "a new next purchase lies outside of its own interval": [("a", CHURN, "5.0, 6.0, 9.0"), ("b",)],
    "customer_profiles_v1 lacks a prediction without a reason": [("a", "NULL"), ("b",)],
}


@pytest.mark.services
@pytest.mark.parametrize(("sentence", "predictions"), BROKEN.items(), ids=BROKEN.keys())
def test_a_breaker_leaves_yesterdays_profiles_in_place(shop: Shop, caplog, sentence, predictions):
    for prediction in predictions:
        shop.predict(*prediction)
    with pytest.raises(AirflowFailException, match=sentence):
        shop.publish()
    assert shop.shown() == {("a", "old")}
    assert shop.run(f"SELECT COUNT(*) AS n FROM `{shop.data.name}.customer_predictions`")[0]["n"] == 0
    assert "ALERT QUALITY: Check failed: " in caplog.text
    assert sentence in caplog.text


@pytest.mark.services
def test_predictions_that_pass_are_published(shop: Shop, caplog):
    shop.predict("a")
    shop.predict("b")
    shop.publish()
    assert shop.shown() == {("a", "new"), ("b", "new")}
    assert "ALERT" not in caplog.text


@pytest.mark.services
def test_a_warning_is_told_and_stops_nothing(shop: Shop, caplog):
    for customer in "bcd":
        shop.insert(
            "customer_profiles_v1",
            "customer_id, as_of, churn_risk, next_purchase_date_reason, model_version",
            f"'{customer}', DATE '{YESTERDAY}', 0.5, 'r', 'old'",
        )
    shop.predict("a")
    shop.predict("b")
    shop.publish()
    assert shop.shown() == {("a", "new"), ("b", "new")}
    assert "ALERT QUALITY: Warning: customer_profiles_v1 has 2 profiles, and had 4" in caplog.text


@pytest.mark.services
def test_features_that_know_the_future_break(shop: Shop):
    shop.insert(
        "customer_features",
        "snapshot_date, customer_id, bucket, recency_days, tenure_days, purchases",
        f"DATE '{AS_OF}', 'c', 1, 0, 30, 4",
    )
    with pytest.raises(AirflowFailException, match="knows a purchase at or after as_of"):
        shop.publish()


SALE = "timestamp, quantity, sale_id, sale_line_id, line_total, is_return, is_voided, source, ingested_at, batch_id"


@pytest.mark.services
def test_sales_are_checked_before_features_are_made(shop: Shop, caplog):
    row = "TIMESTAMP '{}', {}, 's', '{}', 1, {}, FALSE, 'r_series', TIMESTAMP '2026-01-20', 'b'"
    shop.insert("sales", SALE, row.format("2026-01-20 10:00:00", 1, "l1", "FALSE"))
    gates.check_sales(shop.data, AS_OF, "")
    assert "ALERT QUALITY: Warning: No sale in the two days before as_of" in caplog.text
    shop.insert("sales", SALE, row.format("2026-01-21 10:00:00", 1, "l2", "TRUE"))
    with pytest.raises(AirflowFailException, match="a return with a positive quantity"):
        gates.check_sales(shop.data, AS_OF, "")
    shop.insert("sales", SALE, row.format("2026-01-22 10:00:00", 1, "l1", "FALSE"))
    with pytest.raises(AirflowFailException, match="a sale line twice"):
        gates.check_sales(shop.data, AS_OF, "")


def test_a_chat_that_is_down_does_not_hide_the_check(webhook, monkeypatch, caplog):
    connect(monkeypatch, webhook.url, "broken")
    with pytest.raises(AirflowFailException, match="Check failed: t is wrong"), gates.breaker("chat"):
        raise BadRequest("400 POST …: Check failed: t is wrong. at [3:1]")
    assert "The chat was not told of a check." in caplog.text


def test_another_error_of_bigquery_stays_what_it_is():
    with pytest.raises(BadRequest), gates.breaker(""):
        raise BadRequest("Syntax error")
