"""Rows of `customer_profiles_v1` for the tests, as BigQuery's JSON loader takes them."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

KNOWN, THIN, LARGE_MONEY = "1042", "77", "06bf537b-c7d7-11e7-ff13-0c871e85fbe4"
FORGOTTEN, AT_RISK = "78", "2001"
FORGET_KEY = "a key of the tests only, long enough"

FULL_ROW: dict[str, Any] = {
    "customer_id": KNOWN,
    "as_of": "2026-11-24",
    "favorite_category": "Produce",
    "favorite_categories": [{"category": "Produce", "share": 0.41}, {"category": "Dairy", "share": 0.22}],
    "favorite_products": [
        {"product_id": "1082185", "description": "Bananas", "purchases": 17},
        {"product_id": "1029743", "description": None, "purchases": 9},
    ],
    "preferred_payment_method": "Credit Card",
    "preferred_weekday": "Saturday",
    "preferred_hour": 17,
    "content_categories": [{"category": "recipes", "share": 0.7}, {"category": "wine", "share": 0.3}],
    "email_hour": 19,
    "first_purchase_at": "2026-01-08T17:20:00Z",
    "last_purchase_at": "2026-11-21T18:05:00Z",
    "days_since_last_purchase": 3,
    "purchases": 48,
    "purchases_last_90_days": 13,
    "total_spent": "1840.25",
    "spent_last_90_days": "512.4",
    "average_purchase_value": "38.914583333",
    "median_days_between_purchases": 6.0,
    "distinct_products": 211,
    "return_rate": 0.01,
    "next_purchase_date": "2026-11-28",
    "next_purchase_date_earliest": "2026-11-25",
    "next_purchase_date_latest": "2026-12-04",
    "next_purchase_date_reason": None,
    "likely_products": [
        {"product_id": "1082185", "description": "Bananas", "score": 1.0, "reason": "bought_before"},
        {"product_id": "995242", "description": "Whole milk", "score": 0.62, "reason": "popular"},
    ],
    "likely_products_reason": None,
    "churn_risk": 0.07,
    "churn_risk_band": "low",
    "churn_risk_reason": None,
    "churn_horizon_days": 90,
    "churn_driver_1": "3 days since the latest purchase (lowers the risk)",
    "churn_driver_2": "13 purchase days in 90 days (lowers the risk)",
    "churn_driver_3": None,
    "expected_spend_365": "1712.4",
    "expected_spend_365_low": "890",
    "expected_spend_365_high": "2710",
    "expected_spend_365_reason": None,
    "rfm_recency": 5,
    "rfm_frequency": 4,
    "rfm_money": 4,
    "rfm_segment": "champion",
    "email_status": "connected",
    "email_days_since_last": 12,
    "email_received_90": 2,
    "email_sent_90": 5,
    "email_reply_rate": 0.4,
    "email_reply_hours": 7.5,
    "content_status": "connected",
    "content_days_since_last": 4,
    "content_visits_90": 9,
    "content_page_views_90": 31,
    "content_seconds_90": 842.5,
    "social_status": "connected",
    "social_days_since_last": 20,
    "social_interactions_90": 3,
    "social_comments_90": 2,
    "social_mentions_90": 0,
    "social_messages_90": 1,
    "social_reactions_90": 0,
    "model_version": "2026-11-24",
    "sales_watermark": "2026-11-23T22:58:31Z",
}

OLDER_ROW = FULL_ROW | {
    "as_of": "2026-11-23",
    "purchases": 47,
    "churn_risk": 0.5,
    "churn_risk_band": "medium",
}
"""The same customer a day before: the API must not serve it."""

THIN_ROW: dict[str, Any] = dict.fromkeys(FULL_ROW) | {
    "customer_id": THIN,
    "as_of": "2026-11-24",
    "favorite_categories": [],
    "favorite_products": [],
    "content_categories": [],
    "email_status": "not_connected",
    "content_status": "no_match",
    "purchases": 1,
    "total_spent": "-3",
    "likely_products": [],
    "next_purchase_date_reason": "one_purchase_day",
    "likely_products_reason": "no_products",
    "churn_risk_reason": "one_purchase_day",
    "churn_horizon_days": 90,
    "model_version": "2026-11-24",
}
"""A customer about whom too little is known for any prediction."""

BEYOND_THE_HORIZON_ROW = FULL_ROW | {
    "customer_id": LARGE_MONEY,
    "next_purchase_date_latest": None,
    "total_spent": "12345678901234567890.12",
}
"""A UUID as X-Series gives it, an open interval, and more money than a float can hold."""

TODAY = dt.datetime.now(dt.UTC).date()
"""Freshness and what is due are told for today, so these rows are made for today too."""

AT_RISK_ROW = FULL_ROW | {
    "customer_id": AT_RISK,
    "favorite_category": "<script>alert(1)</script>",
    "favorite_categories": [{"category": "<script>alert(1)</script>", "share": 1.0}],
    "next_purchase_date": TODAY.isoformat(),
    "rfm_segment": "at_risk",
    "churn_risk": 0.81,
    "churn_risk_band": "high",
    "total_spent": "310.5",
}
"""A customer at high risk who is due today, with a category whose name is an attack on the pages."""

FORGOTTEN_ROW = FULL_ROW | {"customer_id": FORGOTTEN}
"""Still in the table: the API must not serve it all the same."""

ROWS = [FULL_ROW, OLDER_ROW, THIN_ROW, BEYOND_THE_HORIZON_ROW, AT_RISK_ROW, FORGOTTEN_ROW]

FORGOTTEN_ROWS = [
    {"customer_sha256": digest, "forgotten_at": "2026-11-20T10:00:00Z", "key_id": "00000000"}
    for digest in (
        hashlib.sha256(f"{FORGET_KEY}{FORGOTTEN}".encode()).hexdigest(),
        hashlib.sha256(KNOWN.encode()).hexdigest(),
    )
]
"""The second is a hash without the key: it forgets nobody."""

CUSTOMERS = [
    {
        "customer_id": customer_id,
        "accepts_email": accepts,
        "is_archived": False,
        "source": "r_series",
        "ingested_at": "2026-11-20T10:00:00Z",
        "batch_id": "customers_00000001_a",
    }
    for customer_id, accepts in ((KNOWN, True), (THIN, False), (AT_RISK, None))
]
"""One opted out of e-mail, one was never asked."""

OBJECTIONS = [{"customer_id": KNOWN, "purpose": "profiling", "objected_at": "2026-11-20T10:00:00Z"}]


def _figures(auc: float) -> list[dict[str, Any]]:
    return [
        {"prediction": "churn", "model": "boosting", "metric": "auc", "value": auc},
        {"prediction": "churn", "model": "boosting", "metric": "brier", "value": 0.14},
        {"prediction": "churn", "model": "days_since_last_purchase", "metric": "auc", "value": 0.71},
        {"prediction": "next_purchase", "model": "survival", "metric": "restricted_mae_days", "value": 9.4},
        {"prediction": "likely_products", "model": "ranker", "metric": "recall_at_10", "value": 0.31},
    ]


def _run(day: str, auc: float) -> dict[str, Any]:
    return {
        "model_version": day,
        "as_of": day,
        "horizon_days": 90,
        "trained_at": f"{day}T02:14:09Z",
        "training_rows": 48210,
        "training_customers": 2499,
        "first_snapshot": "2026-01-05",
        "last_snapshot": "2026-08-24",
        "churn_model": "0.7 boosting + 0.3 logistic",
        "next_purchase_model": "1.0 survival",
        "likely_products_model": "ranker",
        "metrics": _figures(auc),
        "artifact_uri": "gs://landing/models/2026-11-24",
    }


MODEL_RUNS = [_run("2026-11-23", 0.79), _run("2026-11-24", 0.81)]


def _sale(number: int, day: dt.date, amount: str) -> dict[str, Any]:
    return {
        "timestamp": f"{day}T17:05:00Z",
        "customer_id": KNOWN,
        "product_id": "1082185",
        "quantity": "2",
        "price": amount,
        "sale_id": f"s{number}",
        "sale_line_id": f"l{number}",
        "line_total": amount,
        "is_return": amount.startswith("-"),
        "is_voided": False,
        "source": "r_series",
        "ingested_at": f"{day}T17:05:09Z",
        "batch_id": "sales-1",
    }


SALES = [
    _sale(number, TODAY - dt.timedelta(days=7 * number + 1), amount)
    for number, amount in enumerate(["31.20", "44.10", "-12.00", "58.75", "21.40", "39.99", "63.10", "18.00"])
]

ARRIVALS = [
    {
        "source": "r_series",
        "sale_id": f"fresh{number}",
        "completed_at": f"{TODAY}T00:00:0{number}Z",
        "source_updated_at": f"{TODAY}T00:00:0{number}Z",
        "committed_at": f"{TODAY}T00:00:1{number}Z",
        "stream": "sales",
        "mode": "live",
        "batch_id": "sales-1",
    }
    for number in range(5)
]

BATCHES = [
    {
        "batch_id": "sales-1",
        "stream": "sales",
        "source": "r_series",
        "batch_number": 1,
        "mode": "live",
        "reached_end": True,
        "cursor_to": "1",
        "pages": 1,
        "records": 5,
        "rows_loaded": 5,
        "rejected": 0,
        "extract_started_at": f"{TODAY}T00:00:05Z",
        "extract_ended_at": f"{TODAY}T00:00:06Z",
        "committed_at": f"{TODAY}T00:00:14Z",
        "dag_run_id": "test",
    }
]


def _grade(prediction: str, metric: str, observed: float, **more: Any) -> dict[str, Any]:
    graded = {"as_of": "2026-08-24", "graded_on": "2026-11-24", "horizon_days": 90, "customers": 10, "expected": None}
    return graded | {"tenth": None, "prediction": prediction, "metric": metric, "observed": observed, **more}


SCORECARD = [
    *(
        _grade("churn", "calibration", observed, tenth=tenth, expected=expected)
        for tenth, expected, observed in ((1, 0.1, 0.1), (2, 0.5, 0.5), (3, 0.9, 0.8))
    ),
    _grade("churn", "calibration_error", 0.033),
    _grade("next_purchase", "interval_coverage", 0.9, expected=0.8),
    _grade("purchases_30", "psi", 0.05, as_of="2026-11-24"),
]
"""Grades of the predictions of an August day, and one feature's drift."""
