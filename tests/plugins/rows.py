"""Rows of `customer_profiles_v1` for the tests, as BigQuery's JSON loader takes them."""

from __future__ import annotations

from typing import Any

KNOWN, THIN, LARGE_MONEY = "1042", "77", "06bf537b-c7d7-11e7-ff13-0c871e85fbe4"

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

ROWS = [FULL_ROW, OLDER_ROW, THIN_ROW, BEYOND_THE_HORIZON_ROW]
