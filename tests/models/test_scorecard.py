"""The scorecard by hand: two customers come back, two do not; what is in the band raises no alert."""

from __future__ import annotations

import datetime as dt

import pytest

from include.models import scorecard
from include.models.queries import Dataset
from tests.sql.customer_sales import Line, load

AS_OF = dt.date(2024, 3, 1)
GRADED = dt.date(2024, 3, 31)

OUT = {
    "as_of": AS_OF, "calibration_error": 0.3, "calibration_limit": 0.1,
    "interval_coverage": 0.4, "coverage_tolerance": 0.05,
}  # fmt: skip


def test_an_alert_says_what_left_its_band():
    assert "calibration error is 0.300, above 0.100" in scorecard.sentence(OUT)
    assert "held 40% of the purchases" in scorecard.sentence(OUT)
    assert "calibration" not in scorecard.sentence({**OUT, "calibration_error": 0.05}).split("Look")[0]


def predicted(client, name: str, customer: str, chance: float, low: float, high: float, as_of=AS_OF) -> None:
    """A row of customer_predictions that lists bread."""
    client.query_and_wait(
        f"INSERT INTO `{name}.customer_predictions` (customer_id, as_of, model_version, horizon_days,"
        " churn_probability, days_to_next, days_to_next_low, days_to_next_high, likely_products, method)"
        f" VALUES ('{customer}', DATE '{as_of}', 'v', 30, {chance}, {(low + high) / 2}, {low}, {high},"
        " [STRUCT('bread' AS product_id, 1.0 AS score, 'popular' AS reason)], 'trained')"
    )


@pytest.mark.services
def test_predictions_are_graded_once_against_what_happened(bigquery_client, dataset):
    load(
        bigquery_client,
        dataset,
        [
            Line("ann", "2024-03-03T10:00"),
            Line("bob", "2024-03-20T10:00", "milk"),
            Line("bob", "2024-03-21T10:00"),
            Line("cid", "2024-03-31T00:00"),
        ],
    )
    for customer, chance, low, high in (
        ("ann", 0.1, 1, 5),
        ("bob", 0.2, 1, 5),
        ("cid", 0.9, 9, 60),
        ("dan", 0.8, 1, 9),
    ):
        predicted(bigquery_client, dataset, customer, chance, low, high)
    shop = Dataset(bigquery_client, dataset)
    for _ in range(2):
        scorecard.grade(shop, GRADED, 30)
    assert scorecard.grade(shop, GRADED + dt.timedelta(days=1), 30) == []
    rows = list(bigquery_client.query_and_wait(f"SELECT * FROM `{dataset}.prediction_scorecard`"))
    figures = {row["metric"]: row["observed"] for row in rows if row["tenth"] is None and row["graded_on"] == GRADED}
    assert figures["calibration_error"] == pytest.approx((0.1 + 0.2 + 0.1 + 0.2) / 4)
    assert figures["brier"] == pytest.approx((0.01 + 0.04 + 0.01 + 0.04) / 4)
    assert figures["interval_coverage"] == pytest.approx(2 / 4)
    assert figures["restricted_mae_days"] == pytest.approx((1 + 16 + 0 + 25) / 4)
    assert figures["hit_rate_at_10"] == pytest.approx(1 / 2)
    assert len([row for row in rows if row["metric"] == "calibration"]) == 4
    quality = list(bigquery_client.query_and_wait(f"SELECT * FROM `{dataset}.prediction_quality`"))
    assert [(row["as_of"], row["customers"], row["is_in_band"]) for row in quality] == [(AS_OF, 4, True)]


@pytest.mark.services
def test_drift_of_a_score_is_its_stability_index(bigquery_client, dataset):
    for number in range(4):
        predicted(bigquery_client, dataset, f"c{number}", 0.15, 1, 5, dt.date(2024, 3, 1))
        predicted(bigquery_client, dataset, f"c{number}", 0.85, 1, 5, dt.date(2024, 4, 1))
    scorecard.grade(Dataset(bigquery_client, dataset), dt.date(2024, 4, 1), 90)
    query = f"SELECT observed FROM `{dataset}.prediction_scorecard` WHERE prediction = 'churn_probability'"
    assert [row["observed"] for row in bigquery_client.query_and_wait(query)] == pytest.approx([2 * 0.8 * 2.1972], 1e-3)
